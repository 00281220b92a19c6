//go:build e2e

package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// names are the names of the Services in infra/names.go, by field.
var names = readNames()

func readNames() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../names.go", nil, parser.SkipObjectResolution)
	if err != nil {
		panic(err) // go test runs in this folder, so the file exists
	}
	read := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		field, isField := node.(*ast.KeyValueExpr)
		if !isField {
			return true
		}
		value, err := strconv.Unquote(field.Value.(*ast.BasicLit).Value)
		if err != nil {
			panic(err) // the file is valid Go
		}
		read[field.Key.(*ast.Ident).Name] = value
		return false
	})
	return read
}
