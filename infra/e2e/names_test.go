//go:build e2e

package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// names are those that infra/names.go gives the Services, by their fields there.
var names = readNames()

func readNames() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../names.go", nil, parser.SkipObjectResolution)
	if err != nil {
		panic(err) // go test runs in this folder
	}
	read := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		field, isField := node.(*ast.KeyValueExpr)
		if !isField {
			return true
		}
		value, err := strconv.Unquote(field.Value.(*ast.BasicLit).Value)
		if err != nil {
			panic(err) // the file has been parsed
		}
		read[field.Key.(*ast.Ident).Name] = value
		return false
	})
	return read
}
