package controlplane

import (
	"os"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestKubeadmUsesTheVersionOfTheModules(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := writeConfig(root); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(root.State("kubeadm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "kubernetesVersion: ")
	version, _, _ := strings.Cut(rest, "\n")
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "k8s.io/kubernetes " + version + "\n"; !strings.Contains(string(module), want) {
		t.Errorf("kubeadm uses version %q, which is not the version of k8s.io/kubernetes in go.mod", version)
	}
}
