package api

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const allNodesPath = "/api/v1/nodes?limit=500"

func TestArchitecturesAreThoseOfTheLinuxNodes(t *testing.T) {
	node := func(system, architecture string) string {
		return `{"status": {"nodeInfo": {"operatingSystem": "` + system + `", "architecture": "` + architecture + `"}}}`
	}
	for _, c := range []struct {
		name  string
		nodes []string
		want  []string
	}{
		{"one", []string{node("linux", "arm64"), node("linux", "arm64")}, []string{"arm64"}},
		{"several", []string{node("linux", "arm64"), node("linux", "amd64"), node("linux", "arm64")}, []string{"amd64", "arm64"}},
		{"a Windows node beside", []string{node("windows", "amd64"), node("linux", "arm64")}, []string{"arm64"}},
		{"no node", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := connected(t, answers{allNodesPath: `{"items": [` + strings.Join(c.nodes, ",") + `]}`})
			if got, err := cluster.Architectures(t.Context()); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("the architectures are %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestArchitecturesAreForbiddenToAUserOfOneNamespace(t *testing.T) {
	if got, err := connected(t, nil).Architectures(t.Context()); !errors.Is(err, ErrForbidden) {
		t.Errorf("the architectures are %q (%v), want ErrForbidden", got, err)
	}
}
