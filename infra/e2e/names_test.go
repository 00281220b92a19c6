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

// readNames reads the names from the source, because package main cannot be imported. A name is a literal or a constant
// of the contract.
func readNames() map[string]string {
	constants := map[string]string{}
	ast.Inspect(parse("../../apps/contract/contract.go"), func(node ast.Node) bool {
		if constant, is := node.(*ast.ValueSpec); is && len(constant.Values) == 1 {
			if value, is := constant.Values[0].(*ast.BasicLit); is && value.Kind == token.STRING {
				constants[constant.Names[0].Name] = unquote(value)
			}
		}
		return true
	})
	read := map[string]string{}
	ast.Inspect(parse("../names.go"), func(node ast.Node) bool {
		field, is := node.(*ast.KeyValueExpr)
		if !is {
			return true
		}
		name := field.Key.(*ast.Ident).Name
		switch value := field.Value.(type) {
		case *ast.BasicLit:
			read[name] = unquote(value)
		case *ast.SelectorExpr:
			read[name] = constants[value.Sel.Name]
		}
		if read[name] == "" {
			panic("infra/names.go: " + name + " is neither a literal nor a constant of apps/contract/contract.go")
		}
		return false
	})
	return read
}

// parse parses a file of this repository. go test runs in this folder, so the file exists and is valid Go.
func parse(path string) *ast.File {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		panic(err)
	}
	return file
}

func unquote(literal *ast.BasicLit) string {
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		panic(err)
	}
	return value
}
