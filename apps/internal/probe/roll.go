package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// rollTimeout leaves time for the measurement itself where DNS does not answer.
	rollTimeout = time.Second
	// rollAge is how long the last roll is good for while DNS is away: Pods can be measured by their addresses when a lab
	// denies DNS, and an address that has gone to somebody else is not for long.
	rollAge = 5 * time.Minute
)

// roll is the address of every Pod of the demo, ready or not: what a headless Service resolves to.
type roll struct {
	lookup func(context.Context) ([]netip.Addr, error)

	mutex sync.Mutex
	last  []netip.Addr
	at    time.Time // when last was looked up; zero if it never was
}

// addresses returns the addresses that DNS returns at this moment. If it does not answer, they are those of its last answer,
// unless that is older than rollAge, together with the error.
func (r *roll) addresses(ctx context.Context) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, rollTimeout)
	defer cancel()
	found, err := r.lookup(ctx)
	var unknown *net.DNSError
	if errors.As(err, &unknown) && unknown.IsNotFound {
		found, err = nil, nil // no Pod runs
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err != nil {
		if r.at.IsZero() || time.Since(r.at) > rollAge {
			return nil, err
		}
		return r.last, err
	}
	r.last, r.at = podAddresses(found), time.Now()
	return r.last, nil
}

// podAddresses leaves out what no Pod has, though a name may be made to resolve to it: this Pod's own loopback, and the
// link-local addresses where clouds answer with credentials. Kubernetes keeps both out of EndpointSlices as well.
func podAddresses(found []netip.Addr) []netip.Addr {
	var pods []netip.Addr
	for _, address := range found {
		if address = address.Unmap(); address.IsGlobalUnicast() {
			pods = append(pods, address)
		}
	}
	return pods
}
