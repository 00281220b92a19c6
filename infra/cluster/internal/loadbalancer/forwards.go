package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// Limits of the UDP flows of one listener. An idle client loses its flow after a minute, as in the kernel's connection
// tracking.
const (
	flowIdle  = time.Minute
	flowLimit = 1024
)

// Host opens sockets on the host.
type Host interface {
	Listen(address string) (net.Listener, error)
	ListenPacket(address string) (*net.UDPConn, error)
}

// front is an address on the host that clients connect to.
type front struct {
	protocol corev1.Protocol
	address  netip.AddrPort
}

// forward is an open listener with its route. A change of the route affects new clients only.
type forward struct {
	io.Closer
	route atomic.Pointer[hostnet.Route]
}

func (f *forward) current(client netip.Addr) []string { return (*f.route.Load())(client) }

// forwards holds the open listeners of each Service or Pod. It is not safe for concurrent use.
type forwards struct {
	host  Host
	byKey map[cache.ObjectName]map[front]*forward
}

func newForwards(host Host) *forwards {
	return &forwards{host: host, byKey: map[cache.ObjectName]map[front]*forward{}}
}

// set opens, updates and closes the listeners of a Service or Pod so that they match want. Listeners in want that are
// open already stay open, and connections outlive their listener.
func (f *forwards) set(ctx context.Context, key cache.ObjectName, want map[front]hostnet.Route) error {
	if len(want) == 0 {
		f.close(key)
		return nil
	}
	open := f.byKey[key]
	for at, existing := range open {
		if want[at] == nil {
			existing.Close()
			delete(open, at)
		}
	}
	if open == nil {
		open = map[front]*forward{}
		f.byKey[key] = open
	}
	var errs []error
	for at, route := range want {
		if open[at] != nil {
			open[at].route.Store(&route)
			continue
		}
		opened, err := f.open(ctx, at, route)
		if err != nil {
			errs = append(errs, fmt.Errorf(
				"cannot listen on %s (does another program listen on that port on all addresses?): %w", at.address, err))
			continue
		}
		open[at] = opened
	}
	return errors.Join(errs...)
}

func (f *forwards) open(ctx context.Context, at front, route hostnet.Route) (*forward, error) {
	opened := &forward{}
	opened.route.Store(&route)
	if at.protocol == corev1.ProtocolUDP {
		conn, err := f.host.ListenPacket(at.address.String())
		if err != nil {
			return nil, err
		}
		opened.Closer = conn
		go hostnet.ForwardPackets(conn, opened.current, flowIdle, flowLimit)
		return opened, nil
	}
	listener, err := f.host.Listen(at.address.String())
	if err != nil {
		return nil, err
	}
	opened.Closer = listener
	go hostnet.Forward(ctx, listener, opened.current)
	return opened, nil
}

// close closes the listeners of a Service or Pod.
func (f *forwards) close(key cache.ObjectName) {
	for _, open := range f.byKey[key] {
		open.Close()
	}
	delete(f.byKey, key)
}

func (f *forwards) closeAll() {
	for key := range f.byKey {
		f.close(key)
	}
}
