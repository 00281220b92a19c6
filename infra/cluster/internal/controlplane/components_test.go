package controlplane_test

import (
	"slices"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/controlplane"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestNoComponentOfTheControlPlaneHasADefaultRequestLimit(t *testing.T) {
	checked := 0
	for _, component := range controlplane.Components(controlplane.Config{Root: layout.Root(t.TempDir()), EvictionAfter: time.Minute}) {
		if !slices.Contains([]string{"kube-controller-manager", "kube-scheduler"}, component.Name) {
			continue
		}
		checked++
		if !slices.Contains(component.Command, "--kube-api-qps=200") || !slices.Contains(component.Command, "--kube-api-burst=300") {
			t.Errorf("%s has the default limit: %q", component.Name, component.Command)
		}
	}
	if checked != 2 {
		t.Errorf("checked %d components, want 2", checked)
	}
}
