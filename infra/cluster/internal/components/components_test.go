package components_test

import (
	"slices"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func names(all []supervisor.Component) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

func TestEveryComponentIsStopped(t *testing.T) {
	root := layout.Root(t.TempDir())
	started := names(components.ControlPlane(root, 0, nil, nil))
	stopped := slices.Sorted(slices.Values(slices.Concat(components.Controllers, components.Stores, []string{components.APIServer})))
	if !slices.Equal(started, stopped) {
		t.Errorf("of the control plane, started are\n%q, stopped are\n%q", started, stopped)
	}
	started = names(components.NodeComponents(root, 1, nil, nil))
	stopped = slices.Sorted(slices.Values(append([]string{"containerd"}, components.NodeControllers...)))
	if !slices.Equal(started, stopped) {
		t.Errorf("of a node, started are\n%q, stopped are\n%q", started, stopped)
	}
}
