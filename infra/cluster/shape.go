package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// shape is what `cluster up` can be asked for and a cluster remembers. Zero means as it has been.
type shape struct {
	nodes         int
	evictionAfter time.Duration
}

// possible returns an error where a cluster that has these nodes can't have that shape. It does not get fewer nodes:
// Kubernetes would wait for what they hold.
func (s shape) possible(existing []layout.Node) error {
	switch {
	case s.nodes < 0 || s.nodes > layout.MaxNodes:
		return fmt.Errorf("a cluster of %d nodes: it can have 1 to %d", s.nodes, layout.MaxNodes)
	case s.nodes != 0 && s.nodes < len(existing):
		return fmt.Errorf("the cluster has %d nodes, with volumes and Pods on each, and can't be given only %d: leave the number out, or delete the cluster first (make cluster-delete)", len(existing), s.nodes)
	case s.evictionAfter != 0:
		return eviction.Check(s.evictionAfter)
	}
	return nil
}

// give makes the next start of the cluster one of that shape.
func (s shape) give(root layout.Root) error {
	existing, err := root.Nodes()
	if err == nil {
		err = s.possible(existing)
	}
	if err != nil {
		return err
	}
	for node := layout.Node(1); int(node) <= max(1, s.nodes, len(existing)); node++ {
		if err := os.MkdirAll(root.NodeState(node), 0o700); err != nil {
			return err
		}
	}
	if s.evictionAfter != 0 {
		return eviction.SetAfter(root, s.evictionAfter)
	}
	return nil
}

// is returns an error where the cluster that runs has another shape.
func (s shape) is(root layout.Root) error {
	existing, err := root.Nodes()
	if err == nil {
		err = s.possible(existing)
	}
	if err != nil {
		return err
	}
	after, err := eviction.After(root)
	if err != nil {
		return err
	}
	const how = "stop it (make cluster-down), and start it with "
	var errs []error
	if s.nodes != 0 && s.nodes != len(existing) {
		errs = append(errs, fmt.Errorf("the cluster runs with %s: %sNODES=%d", nodeNames(existing), how, s.nodes))
	}
	if s.evictionAfter != 0 && s.evictionAfter != after {
		errs = append(errs, fmt.Errorf("the cluster evicts Pods after %s: %sEVICTION_AFTER=%s", after, how, s.evictionAfter))
	}
	return errors.Join(errs...)
}
