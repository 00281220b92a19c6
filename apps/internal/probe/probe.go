package probe

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
)

// measure connects to a target and returns how far it got.
func (p *prober) measure(ctx context.Context, target contract.Target) Measurement {
	start := time.Now()
	measurement := Measurement{URL: target.String(), From: p.pod}
	measurement.Failure = p.steps(ctx, target, &measurement)
	measurement.Milliseconds = milliseconds(start)
	return measurement
}

// steps runs the steps in order and returns the failure of the last one. It connects only to the addresses that it
// resolved itself.
func (p *prober) steps(ctx context.Context, target contract.Target, done *Measurement) *failure.Failure {
	var addresses []netip.Addr
	if address, err := netip.ParseAddr(target.Host); err == nil {
		addresses = []netip.Addr{address}
	} else {
		resolution := p.resolve(ctx, target.Host)
		done.Resolution = &resolution
		if resolution.Failure != nil {
			return resolution.Failure
		}
		addresses = resolution.Addresses
	}
	start := time.Now()
	connection, err := p.connect(ctx, addresses, target.Port)
	if err != nil {
		why := failure.Of(err)
		return &why
	}
	defer connection.Close()
	done.Connection = &Connection{
		Local: connection.LocalAddr().String(), Remote: connection.RemoteAddr().String(), Milliseconds: milliseconds(start),
	}
	answer, why := converse(ctx, connection, target)
	done.Answer = answer
	return why
}

var errNoAddress = errors.New("the name has no address")

// connect tries the addresses in order. It splits the time among them, so that an address where packets are dropped
// leaves time for the next. It returns the error of the first address, as a net.Dialer does.
func (p *prober) connect(ctx context.Context, addresses []netip.Addr, port uint16) (net.Conn, error) {
	deadline := time.Now().Add(stepTimeout)
	var first error
	for i, address := range addresses {
		share := time.Until(deadline) / time.Duration(len(addresses)-i)
		connection, err := p.tryFor(ctx, share, netip.AddrPortFrom(address, port))
		if err == nil {
			return connection, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, cmp.Or(first, errNoAddress)
}

func (p *prober) tryFor(ctx context.Context, share time.Duration, address netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	return p.dial(ctx, "tcp", address.String())
}
