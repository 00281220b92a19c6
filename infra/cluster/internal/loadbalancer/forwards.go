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

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// Flows of UDP, of each listener. A client that is quiet for longer than a minute gets a new one, as it would from the
// kernel's connection tracking.
const (
	flowIdle  = time.Minute
	flowLimit = 1024
)

// Host opens sockets on the host.
type Host interface {
	Listen(address string) (net.Listener, error)
	ListenPacket(address string) (*net.UDPConn, error)
}

// front is where clients on the host connect to.
type front struct {
	protocol corev1.Protocol
	address  netip.AddrPort
}

// forward is an open listener, and where it leads. New clients take the route of the moment.
type forward struct {
	io.Closer
	route atomic.Pointer[hostnet.Route]
}

func (f *forward) current(client netip.Addr) []string { return (*f.route.Load())(client) }

// forwards are the open listeners of each Service or Pod. It is not safe for concurrent use.
type forwards struct {
	host  Host
	byKey map[string]map[front]*forward
}

func newForwards(host Host) *forwards {
	return &forwards{host: host, byKey: map[string]map[front]*forward{}}
}

// set makes the listeners of a Service or Pod what want says. Those that stay are not closed, and connections outlive their
// listener.
func (f *forwards) set(ctx context.Context, key string, want map[front]hostnet.Route) error {
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
			errs = append(errs, fmt.Errorf("%s can't be listened on (does another program listen on that port on all addresses?): %w", at.address, err))
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

// close closes the listeners of a Service.
func (f *forwards) close(key string) {
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
