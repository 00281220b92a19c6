// Package crosscheck checks that Go packages compile for other systems. It type-checks them and their dependencies from
// source, which takes less time than `go vet`, which compiles the dependencies. build.Portable uses it.
package crosscheck

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Load is a set of packages that are checked together.
type Load struct {
	// Platform is GOOS/GOARCH.
	Platform string
	// Folder is the folder that the go command runs in, Patterns the packages in its notation.
	Folder   string
	Patterns []string
	// Workspace is the path of a go.work file, or off.
	Workspace string
}

// Check returns the errors of the packages and their tests, one line each, without duplicates.
func Check(ctx context.Context, load Load) ([]string, error) {
	system, architecture, _ := strings.Cut(load.Platform, "/")
	loaded, err := packages.Load(&packages.Config{
		Context: ctx,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedTypes | packages.NeedTypesSizes | packages.NeedModule,
		Dir:   load.Folder,
		Env:   append(os.Environ(), "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=0", "GOWORK="+load.Workspace),
		Tests: true,
	}, load.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("load the packages of %s for %s: %w", load.Folder, load.Platform, err)
	}
	var lines []string
	packages.Visit(loaded, nil, func(checked *packages.Package) {
		for _, problem := range checked.Errors {
			if line := load.Platform + ": " + problem.Error(); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	})
	return lines, nil
}
