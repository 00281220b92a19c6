package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
	gen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
)

// Link adds replace directives for generated SDKs to the program's go.mod, for `pulumi package add`. It returns the
// imports for the program.
func (h *host) Link(ctx context.Context, request *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	loader, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine's schema loader: %w", err)
	}
	defer loader.Close()
	folders := map[string]string{}
	imports := ""
	for _, dependency := range request.Packages {
		if dependency.Package.Name == "pulumi" {
			folders["github.com/pulumi/pulumi/sdk/v3"] = dependency.Path
			continue
		}
		module, imported, err := goNames(ctx, loader, dependency.Package)
		if err != nil {
			return nil, fmt.Errorf("link the package %s: %w", dependency.Package.Name, err)
		}
		folders[module] = dependency.Path
		imports += fmt.Sprintf("  import %q\n", imported)
	}
	if err := replaceModules(filepath.Join(request.Info.ProgramDirectory, "go.mod"), folders); err != nil {
		return nil, err
	}
	if imports != "" {
		imports = "Import it in your Go code:\n\n" + imports
	}
	return &pulumirpc.LinkResponse{ImportInstructions: imports}, nil
}

// goNames returns the paths of the module and the package of a generated SDK.
func goNames(ctx context.Context, loader schema.Loader, dependency *pulumirpc.PackageDependency) (module, imported string, err error) {
	reference, err := schema.LoadPackageReferenceV2(ctx, loader, descriptor(dependency))
	if err != nil {
		return "", "", err
	}
	definition, err := reference.Definition()
	if err != nil {
		return "", "", err
	}
	if err := definition.ImportLanguages(map[string]schema.Language{"go": gen.Importer}); err != nil {
		return "", "", err
	}
	module, imported = gen.ExtractModulePath(definition.Reference()), gen.ExtractImportBasePath(definition.Reference())
	if info, ok := definition.Language["go"].(gen.GoPackageInfo); ok {
		switch {
		case info.ModulePath != "":
			module = info.ModulePath
		case info.ImportBasePath != "":
			module = path.Dir(info.ImportBasePath)
		}
		if info.ImportBasePath != "" {
			imported = info.ImportBasePath
		}
	}
	return module, imported, nil
}

// descriptor omits a version that is not semantic: the engine then loads the newest one.
func descriptor(dependency *pulumirpc.PackageDependency) *schema.PackageDescriptor {
	result := &schema.PackageDescriptor{Name: dependency.Name, DownloadURL: dependency.Server}
	if version, err := semver.Parse(dependency.Version); err == nil {
		result.Version = &version
	}
	if p := dependency.Parameterization; p != nil {
		version, _ := semver.Parse(p.Version)
		result.Parameterization = &schema.ParameterizationDescriptor{Name: p.Name, Version: version, Value: p.Value}
	}
	return result
}

// replaceModules adds a replace directive for each module to the go.mod at path.
func replaceModules(path string, folders map[string]string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("link packages to the program: %w", err)
	}
	file, err := modfile.Parse(path, content, nil)
	if err != nil {
		return err
	}
	for module, folder := range folders {
		if !filepath.IsAbs(folder) && !strings.HasPrefix(folder, ".") { // otherwise the go command reads it as a module path
			folder = "." + string(filepath.Separator) + folder
		}
		if err := file.AddReplace(module, "", folder, ""); err != nil {
			return fmt.Errorf("replace %s in %s: %w", module, path, err)
		}
	}
	if content, err = file.Format(); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// Pack copies the sources of an SDK, for `pulumi package pack-sdk`. A Go module consists of nothing else.
func (h *host) Pack(_ context.Context, request *pulumirpc.PackRequest) (*pulumirpc.PackResponse, error) {
	path := filepath.Join(request.PackageDirectory, "go.mod")
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pack the SDK in %s: %w", request.PackageDirectory, err)
	}
	module := modfile.ModulePath(content)
	if module == "" {
		return nil, fmt.Errorf("pack the SDK in %s: go.mod names no module", request.PackageDirectory)
	}
	target := filepath.Join(request.DestinationDirectory, strings.ReplaceAll(module, "/", "_"))
	if err := os.CopyFS(target, os.DirFS(request.PackageDirectory)); err != nil {
		return nil, fmt.Errorf("pack the SDK in %s: %w", request.PackageDirectory, err)
	}
	return &pulumirpc.PackResponse{ArtifactPath: target}, nil
}
