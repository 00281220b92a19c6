package process_test

import (
	"os"
	"slices"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/process"
)

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		command process.Command
		options process.Options
		want    []string
	}{
		{process.Supervise, process.Options{Root: "/r"}, []string{"/r/bin/cluster", "supervise", "--root", "/r"}},
		{process.PodNetwork, process.Options{Root: "/r", Node: 2}, []string{"/r/bin/cluster", "pod-network", "--node", "demo-2", "--root", "/r"}},
		{process.InitNode, process.Options{Root: "/r", Node: 1, Cgroup: "/c"}, []string{"/r/bin/cluster", "init-node", "--node", "demo", "--cgroup", "/c", "--root", "/r"}},
	} {
		if got := c.command.Line(c.options); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.command.Name, got, c.want)
		}
	}
}

func TestFilesAreInTheOrderOfTheTable(t *testing.T) {
	files := map[process.File]*os.File{process.HostNet: os.Stdout, process.Lock: os.Stderr}
	if got := process.Init.Files(files); !slices.Equal(got, []*os.File{os.Stderr, os.Stdout}) {
		t.Errorf("init inherits %v, want the lock, then the host's network", got)
	}
	if got := process.Registry.Files(files); len(got) != 0 {
		t.Errorf("registry inherits %v, want nothing", got)
	}
	if _, err := process.Registry.Inherited(process.HostNet); err == nil {
		t.Error("registry inherited the host's network")
	}
}
