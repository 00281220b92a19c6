package service

import (
	"context"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// Dependencies are the sources of everything that the pages show.
type Dependencies struct {
	Topology contract.Topology
	Cluster  Cluster
	Observer Observer
	Prover   Prover
	Stories  Stories
	Traces   Traces
	Buyer    Buyer
}

// Cluster is the live state of the namespace.
type Cluster interface {
	// Network never blocks.
	Network() network.Network
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
}

// Observer measures the declared calls periodically.
type Observer interface {
	// Calls returns the calls in the order of the topology. It never blocks.
	Calls() []calls.Call
	// Unenforced returns why an undeclared connection is open; "" if none is known to be open.
	Unenforced() string
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
	// RecordView makes the observer measure more often for a minute.
	RecordView()
}

// Prover measures the matrix.
type Prover interface {
	Measure(ctx context.Context) (matrix.Matrix, error)
}

// Stories measures one call, and explains it step by step.
type Stories interface {
	Call(ctx context.Context, from, to string) (story.Story, error)
	Localhost(ctx context.Context) (story.Story, error)
}

// Traces holds the latest requests, newest first.
type Traces interface {
	Traces() []traces.Trace
	Trace(id string) (traces.Trace, bool)
}

// Buyer makes a purchase through all services. Buy returns the id of the trace even with an error.
type Buyer interface {
	Buy(ctx context.Context, purchase traces.Purchase) (traceID string, err error)
}
