package loadbalancer

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// clientLimit bounds what is remembered of clients, which are programs on one machine.
const clientLimit = 1000

// balancer spreads the clients of one Service over nodes.
type balancer struct {
	mutex   sync.Mutex
	next    int
	clients map[netip.Addr]session
}

// session is the node that a client was sent to, and when.
type session struct {
	node string
	last time.Time
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

// sticky orders nodes so that the one that the client had before is first, if it is still among them and the client has
// connected within timeout. On that node kube-proxy keeps to one Pod: it takes all that the load balancer sends for one client.
func (b *balancer) sticky(client netip.Addr, nodes []string, timeout time.Duration) []string {
	inTurn := b.inTurn(nodes)
	if len(inTurn) == 0 {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	before, now := b.clients[client], time.Now()
	if had := slices.Index(inTurn, before.node); had >= 0 && now.Sub(before.last) < timeout {
		inTurn = slices.Concat(inTurn[had:], inTurn[:had])
	}
	if len(b.clients) >= clientLimit || b.clients == nil {
		b.clients = map[netip.Addr]session{}
	}
	b.clients[client] = session{inTurn[0], now}
	return inTurn
}
