package main

import (
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// newRoot is the folder of a cluster that has been given a shape.
func newRoot(t *testing.T, has shape) layout.Root {
	t.Helper()
	root := layout.Root(t.TempDir())
	if err := has.give(root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestAClusterKeepsTheShapeThatItHas(t *testing.T) {
	for _, c := range []struct {
		has, asked shape
		nodes      int
		after      time.Duration
	}{
		{shape{}, shape{}, 1, 5 * time.Minute},
		{shape{}, shape{nodes: 3}, 3, 5 * time.Minute},
		{shape{nodes: 3, evictionAfter: time.Minute}, shape{}, 3, time.Minute},
		{shape{nodes: 3, evictionAfter: time.Minute}, shape{nodes: 4}, 4, time.Minute},
		{shape{nodes: 3, evictionAfter: time.Minute}, shape{evictionAfter: time.Hour}, 3, time.Hour},
	} {
		root := newRoot(t, c.has)
		if err := c.asked.give(root); err != nil {
			t.Errorf("of %v, %v: %v", c.has, c.asked, err)
		}
		nodes, err := root.Nodes()
		if err != nil {
			t.Fatal(err)
		}
		after, err := eviction.After(root)
		if err != nil || len(nodes) != c.nodes || after != c.after {
			t.Errorf("%v and then %v make %d nodes, and eviction after %s (%v); want %d and %s", c.has, c.asked, len(nodes), after, err, c.nodes, c.after)
		}
	}
}

func TestAShapeThatAClusterCanNotHaveIsRefused(t *testing.T) {
	root := newRoot(t, shape{nodes: 3})
	for _, c := range []struct {
		asked shape
		want  string
	}{
		{shape{nodes: 2}, "the cluster has 3 nodes, with volumes and Pods on each, and can't be given only 2: leave the number out, or delete the cluster first (make cluster-delete)"},
		{shape{nodes: -1}, "a cluster of -1 nodes: it can have 1 to 9"},
		{shape{nodes: 10}, "a cluster of 10 nodes: it can have 1 to 9"},
		{shape{evictionAfter: -time.Second}, "eviction after -1s: it has to be whole seconds, from 1s on"},
		{shape{evictionAfter: 1500 * time.Millisecond}, "eviction after 1.5s: it has to be whole seconds, from 1s on"},
	} {
		// Whether the cluster is to be started or runs already.
		for _, err := range []error{c.asked.give(root), c.asked.is(root)} {
			if err == nil || err.Error() != c.want {
				t.Errorf("%v: %v, want %q", c.asked, err, c.want)
			}
		}
	}
}

func TestAClusterThatRunsIsNotGivenAnotherShape(t *testing.T) {
	root := newRoot(t, shape{nodes: 2, evictionAfter: time.Minute})
	for _, same := range []shape{{}, {nodes: 2}, {evictionAfter: time.Minute}} {
		if err := same.is(root); err != nil {
			t.Errorf("%v: %v", same, err)
		}
	}
	err := shape{nodes: 3, evictionAfter: 30 * time.Second}.is(root)
	for _, want := range []string{"runs with nodes demo, demo-2: stop it (make cluster-down), and start it with NODES=3", "evicts Pods after 1m0s: stop it (make cluster-down), and start it with EVICTION_AFTER=30s"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("another shape: %v, want %q", err, want)
		}
	}
}
