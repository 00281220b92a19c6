package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"example.com/kubernetes-networking/infra/tools/internal/host"
	"example.com/kubernetes-networking/infra/tools/internal/schemas"
)

// linters are the programs that `make lint` runs. Those for manifests share most of their packages with the embedded
// cluster, and are built after it.
var linters = []binary{
	{
		name: "golangci-lint", folder: "infra/tools/lint", pkg: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint",
		ldflags: stripped,
	},
	{name: "actionlint", folder: "infra/tools/lint", pkg: "github.com/rhysd/actionlint/cmd/actionlint", ldflags: stripped},
	{name: "kube-linter", folder: "infra/tools/lint/manifests", pkg: "golang.stackrox.io/kube-linter/cmd/kube-linter", ldflags: stripped},
	{name: "kubeconform", folder: "infra/tools/lint/manifests", pkg: "github.com/yannh/kubeconform/cmd/kubeconform", ldflags: stripped},
}

// Linters prepares what `make lint` needs: the linters, and the schemas that kubeconform validates manifests with.
func (b *Builder) Linters(ctx context.Context) error {
	if err := b.prepare(ctx, host.Lint, nil, slices.Concat(checked, linters)); err != nil {
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
	return schemas.Write(b.Local("build", "schemas"), swagger)
}

// kubernetesSource returns the folder of the Kubernetes module in the version that the embedded cluster runs.
func (b *Builder) kubernetesSource(ctx context.Context) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", "k8s.io/kubernetes")
	command.Dir, command.Env, command.Stderr = filepath.Join(b.Root, "infra", "cluster"), append(os.Environ(), "GOWORK=off"), os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", err
	}
	var module struct{ Dir string }
	return module.Dir, json.Unmarshal(out, &module)
}
