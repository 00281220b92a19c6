package loadbalancer

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// clientLimit bounds the sessions of one Service. Its clients are programs on one machine.
const clientLimit = 1000

// balancer distributes the clients of one Service over nodes.
type balancer struct {
	mutex   sync.Mutex
	next    int
	clients map[netip.Addr]session
}

// session is the node that a client last connected to, and the time.
type session struct {
	node string
	last time.Time
}

// inTurn rotates nodes by one with each call (round robin).
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

// sticky rotates nodes so that the client's previous node is first, if nodes still contains it and the client connected
// within timeout. On that node kube-proxy keeps to one Pod, because the load balancer is one client to it.
func (b *balancer) sticky(client netip.Addr, nodes []string, timeout time.Duration) []string {
	inTurn := b.inTurn(nodes)
	if len(inTurn) == 0 {
		return nil
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	before, now := b.clients[client], time.Now()
	if i := slices.Index(inTurn, before.node); i >= 0 && now.Sub(before.last) < timeout {
		inTurn = slices.Concat(inTurn[i:], inTurn[:i])
	}
	if len(b.clients) >= clientLimit || b.clients == nil {
		b.clients = map[netip.Addr]session{}
	}
	b.clients[client] = session{inTurn[0], now}
	return inTurn
}
