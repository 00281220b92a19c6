package service

import (
	"context"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/matrix"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// Sources are what the pages show, and who finds it out.
type Sources struct {
	Topology contract.Topology
	Cluster  Cluster
	Observer Observer
	Prover   Prover
	Teller   Teller
	Traces   Traces
	Shopper  Shopper
}

// Cluster is the live picture of the namespace.
type Cluster interface {
	// Network never blocks.
	Network() network.Network
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
}

// Observer keeps measuring the declared calls.
type Observer interface {
	// Calls never blocks. They are in the order of the topology.
	Calls() []calls.Call
	// Unenforced is why network policies count for nothing; empty as far as nothing shows that.
	Unenforced() string
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
	// Look says that somebody looks at the calls, which are measured more often then.
	RecordView()
}

// Prover measures what can reach what.
type Prover interface {
	Measure(ctx context.Context) (matrix.Matrix, error)
}

// Teller tells one request step by step.
type Teller interface {
	Tell(ctx context.Context, from, to string) (story.Story, error)
	Localhost(ctx context.Context) (story.Story, error)
}

// Traces are the last requests, newest first.
type Traces interface {
	Traces() []traces.Trace
	Trace(id string) (traces.Trace, bool)
}

// Shopper makes a request that goes through all services. The id of its trace is there with an error, too.
type Shopper interface {
	Shop(ctx context.Context, purchase traces.Purchase) (traceID string, err error)
}
