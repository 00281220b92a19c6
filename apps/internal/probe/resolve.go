package probe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
)

// resolve looks a name up as every program of the Pod does that is written in Go, and tells what it asked for that. A name
// that has no address is a result.
func (m *prober) resolve(ctx context.Context, name string) Resolution {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	resolution := Resolution{Name: name, Resolver: readResolver(m.resolvConf), Addresses: []netip.Addr{}}
	asked := &queries{}
	start := time.Now()
	// It is used once: another look-up of the name at the same time would share the queries of the first.
	resolver := &net.Resolver{PreferGo: true, Dial: asked.dial}
	addresses, err := resolver.LookupNetIP(ctx, "ip", name)
	resolution.Milliseconds = milliseconds(start)
	resolution.Queries = asked.end()
	if err != nil {
		why := failure.Of(err)
		resolution.Failure = &why
	}
	for _, address := range addresses {
		resolution.Addresses = append(resolution.Addresses, address.Unmap())
	}
	return resolution
}
