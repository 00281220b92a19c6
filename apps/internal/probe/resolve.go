package probe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
)

// resolve looks up a name with Go's resolver, as the services do, and records its queries. It returns a Resolution with a
// Failure if the name has no address.
func (p *prober) resolve(ctx context.Context, name string) Resolution {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	resolution := Resolution{Name: name, Resolver: readResolver(p.resolvConf), Addresses: []netip.Addr{}}
	recorded := &queries{}
	start := time.Now()
	// The resolver is not reused, because concurrent lookups of a name would share queries.
	resolver := &net.Resolver{PreferGo: true, Dial: recorded.dial}
	addresses, err := resolver.LookupNetIP(ctx, "ip", name)
	resolution.Milliseconds = milliseconds(start)
	resolution.Queries = recorded.end()
	if err != nil {
		why := failure.Of(err)
		resolution.Failure = &why
	}
	for _, address := range addresses {
		resolution.Addresses = append(resolution.Addresses, address.Unmap())
	}
	return resolution
}
