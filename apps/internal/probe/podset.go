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
	// lookupTimeout leaves time for the measurement itself if DNS does not respond.
	lookupTimeout = time.Second
	// podSetAge limits the use of the last addresses while DNS is unavailable, so that Pods can be measured by address while
	// a lab denies DNS. Kubernetes may give an address to another Pod later.
	podSetAge = 5 * time.Minute
)

// podSet holds the addresses of all Pods of the demo, ready or not, to which a headless Service resolves.
type podSet struct {
	lookup func(context.Context) ([]netip.Addr, error)

	mutex sync.Mutex
	last  []netip.Addr
	at    time.Time // of the lookup of last; zero before the first
}

// addresses looks up the addresses. If DNS does not respond, it returns the error together with the last addresses, unless
// they are older than podSetAge.
func (p *podSet) addresses(ctx context.Context) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := p.lookup(ctx)
	var unknown *net.DNSError
	if errors.As(err, &unknown) && unknown.IsNotFound {
		found, err = nil, nil // no Pod runs
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err != nil {
		if p.at.IsZero() || time.Since(p.at) > podSetAge {
			return nil, err
		}
		return p.last, err
	}
	p.last, p.at = podAddresses(found), time.Now()
	return p.last, nil
}

// podAddresses drops addresses that no Pod has but that a name could be made to resolve to: this Pod's own loopback, and
// the link-local addresses where clouds serve credentials. Kubernetes forbids both in EndpointSlices, too.
func podAddresses(found []netip.Addr) []netip.Addr {
	var pods []netip.Addr
	for _, address := range found {
		if address = address.Unmap(); address.IsGlobalUnicast() {
			pods = append(pods, address)
		}
	}
	return pods
}
