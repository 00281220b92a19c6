package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"example.com/kubernetes-networking/infra/tools/internal/schemas"
)

// linters are the programs that `make lint` runs. The two of Kubernetes manifests consist for the greater part of what
// the embedded cluster consists of, so they come after it.
var linters = []binary{
	{
		name: "golangci-lint", folder: "infra/tools/lint", pkg: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint",
		ldflags: stripped,
	},
	{name: "actionlint", folder: "infra/tools/lint", pkg: "github.com/rhysd/actionlint/cmd/actionlint", ldflags: stripped},
	{name: "kube-linter", folder: "infra/tools/lint/manifests", pkg: "golang.stackrox.io/kube-linter/cmd/kube-linter", ldflags: stripped},
	{name: "kubeconform", folder: "infra/tools/lint/manifests", pkg: "github.com/yannh/kubeconform/cmd/kubeconform", ldflags: stripped},
}

// prepareLinters builds the linters, and the schemas that kubeconform checks manifests against.
func (b *builder) prepareLinters(ctx context.Context) error {
	if err := b.prepare(ctx, lintPackages, nil, slices.Concat(checked, linters)); err != nil {
		return err
	}
	source, err := b.kubernetesSource(ctx)
	if err != nil {
		return fmt.Errorf("find the sources of Kubernetes: %w", err)
	}
	swagger, err := os.ReadFile(filepath.Join(source, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		return err
	}
	return schemas.Write(b.local("build", "schemas"), swagger)
}

// kubernetesSource is the folder of the Kubernetes module in the version that the embedded cluster runs.
func (b *builder) kubernetesSource(ctx context.Context) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", "k8s.io/kubernetes")
	command.Dir, command.Env, command.Stderr = filepath.Join(b.root, "infra", "cluster"), append(os.Environ(), "GOWORK=off"), os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", err
	}
	var module struct{ Dir string }
	return module.Dir, json.Unmarshal(out, &module)
}
