package components_test

import (
	"slices"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestEveryComponentIsStopped(t *testing.T) {
	var started []string
	for _, c := range components.All(layout.Root(t.TempDir()), nil, nil) {
		started = append(started, c.Name)
	}
	stopped := slices.Concat(components.Controllers, components.Rest)
	slices.Sort(started)
	slices.Sort(stopped)
	if !slices.Equal(started, stopped) {
		t.Errorf("started are\n%q, stopped are\n%q", started, stopped)
	}
}
