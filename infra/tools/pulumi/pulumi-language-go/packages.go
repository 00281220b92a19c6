package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
)

// GetRequiredPackages returns the provider plugins that the program needs: one for each required module with a
// pulumi-plugin.json. It reads the module cache and works offline.
func (h *host) GetRequiredPackages(
	ctx context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	required, err := requirements(ctx, request.Info.ProgramDirectory)
	if err != nil {
		return nil, err
	}
	modules, err := moduleFolders(ctx, request.Info.ProgramDirectory, required)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, m := range modules {
		dependency, err := packageOf(m)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Path, err)
		}
		if dependency != nil {
			response.Packages = append(response.Packages, dependency)
		}
	}
	return response, nil
}

// GetProgramDependencies lists the modules in the program's go.mod, for `pulumi about`.
func (h *host) GetProgramDependencies(
	ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	required, err := requirements(ctx, request.Info.ProgramDirectory)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, r := range required {
		if !r.Indirect || request.TransitiveDependencies {
			response.Dependencies = append(response.Dependencies,
				&pulumirpc.DependencyInfo{Name: r.Mod.Path, Version: r.Mod.Version})
		}
	}
	return response, nil
}

// requirements returns the requirements in the go.mod of the program in dir. It ignores a workspace.
func requirements(ctx context.Context, dir string) ([]*modfile.Require, error) {
	command := goCommand(ctx, dir, "env", "GOMOD")
	command.Env = append(command.Environ(), "GOWORK=off")
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("find the go.mod of %s: %w", dir, err)
	}
	path := strings.TrimSpace(string(out))
	if path == "" || path == os.DevNull {
		return nil, fmt.Errorf("find the go.mod of %s: the program is in no Go module", dir)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse(path, content, nil)
	if err != nil {
		return nil, err
	}
	return file.Require, nil
}

// module is the part of `go list -m -json` that is read here. Dir is empty if the module is not downloaded: then the
// program contains no package of it.
type module struct {
	Path, Version, Dir string
}

func moduleFolders(ctx context.Context, dir string, required []*modfile.Require) ([]module, error) {
	if len(required) == 0 {
		return nil, nil
	}
	args := []string{"list", "-m", "-json"}
	for _, r := range required {
		args = append(args, r.Mod.Path)
	}
	command := goCommand(ctx, dir, args...)
	command.Env = append(command.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules of the program in %s: %w\n%s", dir, err, stderr.Bytes())
	}
	var modules []module
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var m module
		switch err := decoder.Decode(&m); {
		case errors.Is(err, io.EOF):
			return modules, nil
		case err != nil:
			return nil, fmt.Errorf("read the list of modules: %w", err)
		}
		modules = append(modules, m)
	}
}

// packageOf returns the package whose SDK the module is, or nil. It looks for pulumi-plugin.json where Pulumi's own
// host does.
func packageOf(m module) (*pulumirpc.PackageDependency, error) {
	if m.Dir == "" {
		return nil, nil
	}
	for _, pattern := range []string{".", "go", "go/*", "*"} {
		paths, err := filepath.Glob(filepath.Join(m.Dir, pattern, "pulumi-plugin.json"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			description, err := plugin.LoadPulumiPluginJSON(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", path, err)
			}
			return dependency(m, description), nil
		}
	}
	return nil, nil
}

func dependency(m module, description *plugin.PulumiPluginJSON) *pulumirpc.PackageDependency {
	if !description.Resource {
		return nil
	}
	result := &pulumirpc.PackageDependency{
		Name: description.Name, Version: description.Version, Kind: "resource", Server: description.Server,
	}
	if result.Name == "" { // github.com/pulumi/pulumi-random/sdk/v4 is the SDK of random
		_, name, _ := strings.Cut(m.Path, "/pulumi-")
		result.Name, _, _ = strings.Cut(name, "/")
	}
	if result.Version == "" {
		result.Version = strings.TrimPrefix(m.Version, "v")
	}
	if p := description.Parameterization; p != nil {
		result.Parameterization = &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
	}
	return result
}
