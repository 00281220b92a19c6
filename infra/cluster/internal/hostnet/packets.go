package hostnet

import (
	"container/list"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	// largestPacket is beyond what fits into one UDP packet over IPv4.
	largestPacket = 64 << 10
	// recheck is how often a flow's address is looked for in its route.
	recheck = time.Second
)

// ForwardPackets passes on UDP packets, and the answers to them, until front is closed.
//
// UDP has no connections, so each client's address and port stands for one, a flow: it goes to one address in the
// cluster from one port of ours, by which its answers are known. A flow ends when nothing has passed in either direction
// for idle, when its address is no longer in the route, or when the one that has been quiet for longest makes room,
// since there are at most limit.
func ForwardPackets(front *net.UDPConn, route Route, idle time.Duration, limit int) {
	f := &flows{
		front: front, route: route, idle: idle, limit: limit,
		byClient: map[netip.AddrPort]*list.Element{},
		answer:   make([]byte, largestPacket),
	}
	defer f.closeAll()
	packet := make([]byte, largestPacket)
	for {
		n, client, err := front.ReadFromUDPAddrPort(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			slog.Warn("a packet could not be read", "listener", front.LocalAddr().String(), "error", err)
			continue
		}
		if flow := f.of(client); flow != nil {
			_, _ = flow.server.Write(packet[:n]) // packets may be lost; a flow that is refused ends itself
		}
	}
}

// flow is one client's packets.
type flow struct {
	client  netip.AddrPort
	address string
	server  *net.UDPConn
	checked time.Time
}

type flows struct {
	front *net.UDPConn
	route Route
	idle  time.Duration
	limit int

	mutex    sync.Mutex
	byClient map[netip.AddrPort]*list.Element
	recent   list.List // of *flow, the one that has been quiet for longest last

	// One buffer for the answers of all flows: one a flow would be 64 MB for a thousand.
	answering sync.Mutex
	answer    []byte
}

// of is the flow of a client, a new one where it has none. It is nil where nobody serves the client.
func (f *flows) of(client netip.AddrPort) *flow {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if element := f.byClient[client]; element != nil {
		if f.leads(element.Value.(*flow)) {
			return f.touch(element)
		}
		f.drop(element)
	}
	addresses := f.route(client.Addr())
	if len(addresses) == 0 {
		return nil
	}
	server, err := net.Dial("udp4", addresses[0])
	if err != nil {
		slog.Warn("packet refused", "listener", f.front.LocalAddr().String(), "client", client.String(), "error", err)
		return nil
	}
	if f.recent.Len() == f.limit {
		f.drop(f.recent.Back())
	}
	element := f.recent.PushFront(&flow{client, addresses[0], server.(*net.UDPConn), time.Now()})
	f.byClient[client] = element
	flow := f.touch(element)
	go f.serve(element)
	return flow
}

// leads says whether a flow still goes where its client is to get to.
func (f *flows) leads(flow *flow) bool {
	if time.Since(flow.checked) < recheck {
		return true
	}
	flow.checked = time.Now()
	return slices.Contains(f.route(flow.client.Addr()), flow.address)
}

// touch notes that something passed.
func (f *flows) touch(element *list.Element) *flow {
	flow := element.Value.(*flow)
	_ = flow.server.SetReadDeadline(time.Now().Add(f.idle)) // an error means that it is closed
	f.recent.MoveToFront(element)
	return flow
}

// serve passes on the answers until the flow has been quiet for too long, is refused, or is dropped.
func (f *flows) serve(element *list.Element) {
	flow := element.Value.(*flow)
	raw, err := flow.server.SyscallConn()
	for err == nil {
		// Read waits without a buffer, and calls when there is something.
		if waitErr := raw.Read(func(fd uintptr) bool {
			err = f.pass(int(fd), flow)
			return !errors.Is(err, syscall.EAGAIN)
		}); waitErr != nil {
			err = waitErr
		}
		if err == nil {
			f.mutex.Lock()
			f.touch(element)
			f.mutex.Unlock()
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.drop(element)
}

// pass sends one answer to the client.
func (f *flows) pass(fd int, flow *flow) error {
	f.answering.Lock()
	defer f.answering.Unlock()
	n, err := syscall.Read(fd, f.answer)
	if err == nil {
		_, _ = f.front.WriteToUDPAddrPort(f.answer[:n], flow.client) // packets may be lost
	}
	return err
}

// drop ends a flow. It may have ended before.
func (f *flows) drop(element *list.Element) {
	flow := f.recent.Remove(element).(*flow)
	_ = flow.server.Close()
	if f.byClient[flow.client] == element {
		delete(f.byClient, flow.client)
	}
}

func (f *flows) closeAll() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for f.recent.Len() > 0 {
		f.drop(f.recent.Front())
	}
}
