// Package provider prepares the sources of the Pulumi Kubernetes provider for a build that takes seconds, not minutes.
//
// Four component constructors (helm.sh/v4 Chart, yaml/v2 ConfigFile and ConfigGroup, kustomize/v2 Directory) link the
// whole Kubernetes SDK for Go, all 92 packages of it, into the provider: 18 of its 19 CPU minutes. The demo uses none
// of the four, and Prepare writes a copy of the module that does not register them. The copy also does not write the
// cluster's credentials to a temporary file, which only these components read. Everything else is as published.
package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	// Module is the provider's module path.
	Module = "github.com/pulumi/pulumi-kubernetes/provider/v4"

	// Package is the provider's main package.
	Package = Module + "/cmd/pulumi-resource-kubernetes"

	// Version is the release of the pinned commit. The infra program requires the SDK of the same version.
	Version = "4.27.0"

	// sum is the go.sum hash of the module that the edits in trim.go are written for. The go command verifies the
	// module cache with it.
	sum = "h1:BUm20m00zERoF+LAaKFWYCHSpFpywU3Sno5TzwnbLHg="
)

// module is the output of `go mod download -json`.
type module struct {
	Version, Dir, Sum, Error string
}

// Prepare writes a trimmed copy of the provider that the module in moduleDir requires to <buildDir>/provider. It
// returns the path of a go.mod, with its go.sum beside it, for `go build -modfile`: a copy of moduleDir's own that
// replaces the provider.
func Prepare(ctx context.Context, moduleDir, buildDir string) (modfile string, err error) {
	source, err := download(ctx, moduleDir)
	if err != nil {
		return "", err
	}
	copied := filepath.Join(buildDir, "provider")
	if err := os.RemoveAll(copied); err != nil {
		return "", fmt.Errorf("remove the previous copy of the provider: %w", err)
	}
	if err := copySources(source.Dir, copied); err != nil {
		return "", fmt.Errorf("copy the provider from %s: %w", source.Dir, err)
	}
	if err := trim(copied); err != nil {
		return "", err
	}
	if err := embed(copied); err != nil {
		return "", err
	}
	return writeModfile(moduleDir, buildDir, copied)
}

func download(ctx context.Context, moduleDir string) (module, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", Module)
	command.Dir = moduleDir
	command.Env = append(command.Environ(), "GOWORK=off")
	out, runErr := command.Output()
	var m module
	if err := json.Unmarshal(out, &m); err != nil {
		return m, fmt.Errorf("download %s: %w", Module, errors.Join(runErr, err))
	}
	if m.Error != "" {
		return m, fmt.Errorf("download %s: %s", Module, m.Error)
	}
	if m.Sum != sum {
		return m, fmt.Errorf("%s %s has the sum %s, but the edits are written for %s: "+
			"read the files that trim.go edits, then adapt trim.go and the sum in provider.go", Module, m.Version, m.Sum, sum)
	}
	return m, nil
}

func writeModfile(moduleDir, buildDir, copied string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(moduleDir, "go.mod"))
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(moduleDir, "go.sum"))
	if err != nil {
		return "", err
	}
	mod = fmt.Appendf(mod, "\nreplace %s => %q\n", Module, copied)
	path := filepath.Join(buildDir, "pulumi.mod")
	return path, errors.Join(
		os.WriteFile(path, mod, 0o644),
		os.WriteFile(filepath.Join(buildDir, "pulumi.sum"), sums, 0o644),
	)
}
