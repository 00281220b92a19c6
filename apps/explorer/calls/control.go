package calls

import (
	"context"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// Unenforced explains why a connection is open that is not declared; it is empty unless one was measured. Each round measures one connection that nobody has declared: a map of calls that work looks the same whether
// or not anything else is denied.
func (o *Observer) Unenforced() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.unenforced
}

// control measures the connection that has to stay closed. It is the explorer's, to a database: all others that may measure
// are asked over the network, too.
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
	return diagnosis.Unenforced(o.cluster.Network(), o.cluster.Policies(), diagnosis.Open{From: from, To: to, Port: int32(to.PodPort)})
}

// undeclared is the explorer and a database that it does not call. External ones do not count: policies know no names, so
// that the database may be open to it as the neighbour of what it does call.
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
