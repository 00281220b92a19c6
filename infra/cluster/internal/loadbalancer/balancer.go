package loadbalancer

import (
	"net/netip"
	"slices"
	"sync"
)

// clientLimit bounds what is remembered of clients, which are programs on one machine.
const clientLimit = 1000

// balancer spreads the clients of one Service over nodes.
type balancer struct {
	mutex  sync.Mutex
	next   int
	nodeOf map[netip.Addr]string
}

// inTurn orders nodes so that each is first in turn.
func (b *balancer) inTurn(nodes []string) []string {
	if len(nodes) == 0 {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.next++
	first := b.next % len(nodes)
	return slices.Concat(nodes[first:], nodes[:first])
}

// sticky orders nodes so that the one that the client had before is first, for as long as it is among them. On that node
// kube-proxy keeps to one Pod: it takes all that the load balancer sends for one client.
func (b *balancer) sticky(client netip.Addr, nodes []string) []string {
	inTurn := b.inTurn(nodes)
	if len(inTurn) == 0 {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if had := slices.Index(inTurn, b.nodeOf[client]); had >= 0 {
		return slices.Concat(inTurn[had:], inTurn[:had])
	}
	if len(b.nodeOf) >= clientLimit || b.nodeOf == nil {
		b.nodeOf = map[netip.Addr]string{}
	}
	b.nodeOf[client] = inTurn[0]
	return inTurn
}
