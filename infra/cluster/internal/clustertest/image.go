package clustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

// ServerImage builds the command ./server, pushes its image to the cluster's registry, and returns the image's
// reference.
func ServerImage(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", binary,
		"example.com/kubernetes-networking/infra/cluster/internal/clustertest/server")
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	must(t)(output(build))
	reference, err := registry.BinaryReference(layout.RegistryAddress, "e2e-server", binary)
	if err == nil {
		err = registry.AddBinary(t.Context(), reference, binary)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reference
}
