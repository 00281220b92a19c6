package calls

import (
	"context"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// Unenforced explains why an undeclared connection is open; it returns "" unless one was measured. Each round measures
// one undeclared connection, because working calls alone do not show whether the cluster denies anything.
func (o *Observer) Unenforced() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.unenforced
}

// control measures the connection that must stay closed: from the explorer to a database. The explorer measures through
// its own sidecar, while requests to other Pods depend on network policies themselves.
func (o *Observer) control(ctx context.Context) string {
	from, to, found := undeclared(o.topology)
	sources := o.agents.Sources(o.cluster.Network(), from)
	if !found || len(sources) == 0 {
		return ""
	}
	measured, err := o.agents.Measure(ctx, sources[0], to.URL)
	if err != nil || measured.Connection == nil {
		return ""
	}
	return diagnosis.Unenforced(o.cluster.Network(), o.cluster.Policies(),
		diagnosis.Open{From: from, To: to, Port: int32(to.PodPort)})
}

// undeclared returns the explorer and a database that it does not call. External databases do not count: policies do
// not match names, so a rule for another server at the same port may open the connection.
func undeclared(topology contract.Topology) (from, to contract.Node, found bool) {
	for _, node := range topology.Nodes {
		if node.Kind == contract.ExplorerNode {
			from = node
		}
	}
	for _, node := range topology.Nodes {
		if node.Kind == contract.DatabaseNode && !topology.Declared(from.Name, node.Name) {
			return from, node, from.Name != ""
		}
	}
	return from, to, false
}
