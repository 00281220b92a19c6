package main

import (
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// newRoot returns the folder of a cluster with a spec.
func newRoot(t *testing.T, has spec) layout.Root {
	t.Helper()
	root := layout.Root(t.TempDir())
	if err := has.save(root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestAClusterKeepsItsSpec(t *testing.T) {
	for _, c := range []struct {
		has, wanted spec
		nodes       int
		after       time.Duration
	}{
		{spec{}, spec{}, 1, 5 * time.Minute},
		{spec{}, spec{nodes: 3}, 3, 5 * time.Minute},
		{spec{nodes: 3, evictionAfter: time.Minute}, spec{}, 3, time.Minute},
		{spec{nodes: 3, evictionAfter: time.Minute}, spec{nodes: 4}, 4, time.Minute},
		{spec{nodes: 3, evictionAfter: time.Minute}, spec{evictionAfter: time.Hour}, 3, time.Hour},
	} {
		root := newRoot(t, c.has)
		if err := c.wanted.save(root); err != nil {
			t.Errorf("%v, then %v: %v", c.has, c.wanted, err)
		}
		nodes, err := root.Nodes()
		if err != nil {
			t.Fatal(err)
		}
		after, err := eviction.After(root)
		if err != nil || len(nodes) != c.nodes || after != c.after {
			t.Errorf("%v, then %v: %d nodes and eviction after %s (%v), want %d and %s", c.has, c.wanted, len(nodes), after, err, c.nodes, c.after)
		}
	}
}

func TestAnInvalidSpecIsRefused(t *testing.T) {
	root := newRoot(t, spec{nodes: 3})
	for _, c := range []struct {
		wanted spec
		want   string
	}{
		{spec{nodes: 2}, "the cluster has 3 nodes, with volumes and Pods on each, and cannot be reduced to 2: omit the number, or delete the cluster first (make cluster-delete)"},
		{spec{nodes: -1}, "a cluster of -1 nodes: the number must be between 1 and 9"},
		{spec{nodes: 10}, "a cluster of 10 nodes: the number must be between 1 and 9"},
		{spec{evictionAfter: -time.Second}, "eviction after -1s: it must be a number of whole seconds, at least 1s"},
		{spec{evictionAfter: 1500 * time.Millisecond}, "eviction after 1.5s: it must be a number of whole seconds, at least 1s"},
	} {
		// Before the start, and while the cluster runs.
		for _, err := range []error{c.wanted.save(root), c.wanted.match(root)} {
			if err == nil || err.Error() != c.want {
				t.Errorf("%v: %v, want %q", c.wanted, err, c.want)
			}
		}
	}
}

func TestARunningClusterRefusesAnotherSpec(t *testing.T) {
	root := newRoot(t, spec{nodes: 2, evictionAfter: time.Minute})
	for _, same := range []spec{{}, {nodes: 2}, {evictionAfter: time.Minute}} {
		if err := same.match(root); err != nil {
			t.Errorf("%v: %v", same, err)
		}
	}
	err := spec{nodes: 3, evictionAfter: 30 * time.Second}.match(root)
	for _, want := range []string{"runs with nodes demo, demo-2: stop it (make cluster-down), and start it with NODES=3", "evicts Pods after 1m0s: stop it (make cluster-down), and start it with EVICTION_AFTER=30s"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("another spec: %v, want %q", err, want)
		}
	}
}
