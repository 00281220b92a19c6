package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	gen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// GenerateProgram translates a program from PCL, Pulumi's intermediate language, to Go. `pulumi import` prints the
// result.
func (h *host) GenerateProgram(
	_ context.Context, request *pulumirpc.GenerateProgramRequest,
) (*pulumirpc.GenerateProgramResponse, error) {
	loader, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine's schema loader: %w", err)
	}
	defer loader.Close()
	parser := syntax.NewParser()
	for name, source := range request.Source {
		if err := parser.ParseFile(strings.NewReader(source), name); err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
	}
	response := &pulumirpc.GenerateProgramResponse{}
	failed := func(found hcl.Diagnostics) bool {
		response.Diagnostics = append(response.Diagnostics, plugin.HclDiagnosticsToRPCDiagnostics(found)...)
		return found.HasErrors()
	}
	if failed(parser.Diagnostics) {
		return response, nil
	}
	options := append(bindOptions(request.Strict), pcl.Loader(schema.NewCachedLoader(loader)))
	program, found, err := pcl.BindProgram(parser.Files, options...)
	if err != nil {
		return nil, fmt.Errorf("bind the program: %w", err)
	}
	if failed(found) {
		return response, nil
	}
	files, found, err := gen.GenerateProgram(program)
	if err != nil {
		return nil, fmt.Errorf("generate the program: %w", err)
	}
	if !failed(found) {
		response.Source = files
	}
	return response, nil
}

// GenerateProject writes a Go program and its Pulumi.yaml and go.mod, for `pulumi convert`.
func (h *host) GenerateProject(
	_ context.Context, request *pulumirpc.GenerateProjectRequest,
) (*pulumirpc.GenerateProjectResponse, error) {
	loader, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine's schema loader: %w", err)
	}
	defer loader.Close()
	var project workspace.Project
	if err := json.Unmarshal([]byte(request.Project), &project); err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	program, found, err := pcl.BindDirectory(request.SourceDirectory, schema.NewCachedLoader(loader), bindOptions(request.Strict)...)
	if err != nil {
		return nil, fmt.Errorf("bind the program in %s: %w", request.SourceDirectory, err)
	}
	response := &pulumirpc.GenerateProjectResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(found)}
	if found.HasErrors() {
		return response, nil
	}
	if err := gen.GenerateProject(request.TargetDirectory, project, program, request.LocalDependencies); err != nil {
		return nil, fmt.Errorf("generate the project in %s: %w", request.TargetDirectory, err)
	}
	return response, nil
}

// bindOptions returns the options for a program. Unless strict is set, they accept the incomplete programs of
// converters.
func bindOptions(strict bool) []pcl.BindOption {
	options := []pcl.BindOption{pcl.PreferOutputVersionedInvokes}
	if !strict {
		options = append(options, pcl.NonStrictBindOptions()...)
	}
	return options
}

// GeneratePackage writes the Go SDK of a package, for `pulumi package add` and `pulumi package gen-sdk`.
func (h *host) GeneratePackage(
	_ context.Context, request *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	if len(request.ExtraFiles) > 0 {
		return nil, errors.New("a Go SDK cannot have overlays: omit --overlays")
	}
	loader, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine's schema loader: %w", err)
	}
	defer loader.Close()
	var specification schema.PackageSpec
	if err := json.Unmarshal([]byte(request.Schema), &specification); err != nil {
		return nil, fmt.Errorf("read the package's schema: %w", err)
	}
	bound, found, err := schema.BindSpec(specification, schema.NewCachedLoader(loader),
		schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, fmt.Errorf("bind the schema of %s: %w", specification.Name, err)
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(found)}
	if found.HasErrors() {
		return response, nil
	}
	files, err := gen.GeneratePackage("pulumi-language-go", bound, request.LocalDependencies)
	if err != nil {
		return nil, fmt.Errorf("generate the SDK of %s: %w", specification.Name, err)
	}
	return response, writeFiles(request.Directory, files)
}

func writeFiles(folder string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
