package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// spec holds the options of `cluster up`. The cluster remembers them, and a zero field keeps what it remembers.
type spec struct {
	nodes         int
	evictionAfter time.Duration
}

// validate returns an error if a cluster with the existing nodes cannot have this spec. The number of nodes cannot
// decrease: Kubernetes would wait for the volumes and Pods on the missing nodes.
func (s spec) validate(existing []layout.Node) error {
	switch {
	case s.nodes < 0 || s.nodes > layout.MaxNodes:
		return fmt.Errorf("a cluster of %d nodes: the number must be between 1 and %d", s.nodes, layout.MaxNodes)
	case s.nodes != 0 && s.nodes < len(existing):
		return fmt.Errorf("the cluster has %d nodes, with volumes and Pods on each, and cannot be reduced to %d: "+
			"omit the number, or delete the cluster first (make cluster-delete)", len(existing), s.nodes)
	case s.evictionAfter != 0:
		return eviction.Check(s.evictionAfter)
	}
	return nil
}

// save stores the spec for the next start of the cluster.
func (s spec) save(root layout.Root) error {
	existing, err := root.Nodes()
	if err == nil {
		err = s.validate(existing)
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

// match returns an error if the running cluster has another spec.
func (s spec) match(root layout.Root) error {
	existing, err := root.Nodes()
	if err == nil {
		err = s.validate(existing)
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
