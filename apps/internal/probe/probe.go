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

// measure goes as far towards a target as it can get.
func (m *prober) measure(ctx context.Context, target contract.Target) Measurement {
	start := time.Now()
	measurement := Measurement{URL: target.String(), From: m.pod}
	measurement.Failure = m.steps(ctx, target, &measurement)
	measurement.Milliseconds = milliseconds(start)
	return measurement
}

// steps takes one after the other, and returns why it stopped. The connection goes to the addresses that were resolved
// here, and to no other.
func (m *prober) steps(ctx context.Context, target contract.Target, done *Measurement) *failure.Failure {
	var addresses []netip.Addr
	if address, err := netip.ParseAddr(target.Host); err == nil {
		addresses = []netip.Addr{address}
	} else {
		resolution := m.resolve(ctx, target.Host)
		done.Resolution = &resolution
		if resolution.Failure != nil {
			return resolution.Failure
		}
		addresses = resolution.Addresses
	}
	start := time.Now()
	connection, err := m.connect(ctx, addresses, target.Port)
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

// connect tries the addresses in their order. Each has its share of the time that is left, so that one where packets are
// dropped does not keep the next from being tried. The error is that of the first, as it is with a net.Dialer.
func (m *prober) connect(ctx context.Context, addresses []netip.Addr, port uint16) (net.Conn, error) {
	deadline := time.Now().Add(stepTimeout)
	var first error
	for i, address := range addresses {
		share := time.Until(deadline) / time.Duration(len(addresses)-i)
		connection, err := m.tryFor(ctx, share, netip.AddrPortFrom(address, port))
		if err == nil {
			return connection, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, cmp.Or(first, errNoAddress)
}

func (m *prober) tryFor(ctx context.Context, share time.Duration, address netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	return m.dial(ctx, "tcp", address.String())
}
