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
	// largestPacket exceeds the payload of the largest UDP packet over IPv4, in bytes.
	largestPacket = 64 << 10
	// recheck is the interval at which a flow's address is compared with its route.
	recheck = time.Second
)

// ForwardPackets forwards UDP packets and their replies until front is closed.
//
// UDP has no connections, so the packets of one client address and port form a flow. A flow has one address in the
// cluster and a local port of its own, which identifies the replies. It ends when no packet passes in either direction
// for idle, or when the route no longer contains its address. There are at most limit flows: a new one then ends the
// one that has been idle for the longest time.
func ForwardPackets(front *net.UDPConn, route Route, idle time.Duration, limit int) {
	f := &flows{
		front: front, route: route, idle: idle, limit: limit,
		byClient: map[netip.AddrPort]*list.Element{},
		reply:    make([]byte, largestPacket),
	}
	defer f.closeAll()
	packet := make([]byte, largestPacket)
	for {
		n, client, err := front.ReadFromUDPAddrPort(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			slog.Warn("cannot read a packet", "listener", front.LocalAddr().String(), "error", err)
			continue
		}
		if flow := f.flow(client); flow != nil {
			_, _ = flow.server.Write(packet[:n]) // packets may be lost; serve ends a refused flow
		}
	}
}

// flow forwards the packets of one client address and port.
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
	recent   list.List // of *flow, the most recently used first

	// All flows share one buffer for replies: a buffer for each of a thousand flows would take 64 MB.
	replying sync.Mutex
	reply    []byte
}

// flow returns the flow of a client, which may be new. It returns nil if the route refuses the client.
func (f *flows) flow(client netip.AddrPort) *flow {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if element := f.byClient[client]; element != nil {
		if f.valid(element.Value.(*flow)) {
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

// valid reports whether the route still contains the address of a flow.
func (f *flows) valid(flow *flow) bool {
	if time.Since(flow.checked) < recheck {
		return true
	}
	flow.checked = time.Now()
	return slices.Contains(f.route(flow.client.Addr()), flow.address)
}

// touch marks a flow as the most recently used and extends its deadline.
func (f *flows) touch(element *list.Element) *flow {
	flow := element.Value.(*flow)
	_ = flow.server.SetReadDeadline(time.Now().Add(f.idle)) // fails only if the flow is closed
	f.recent.MoveToFront(element)
	return flow
}

// serve forwards replies until the flow is idle for too long, is refused, or is dropped.
func (f *flows) serve(element *list.Element) {
	flow := element.Value.(*flow)
	raw, err := flow.server.SyscallConn()
	for err == nil {
		// raw.Read waits without a buffer and calls the function when a packet is ready.
		if waitErr := raw.Read(func(fd uintptr) bool {
			err = f.forwardReply(int(fd), flow)
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

// forwardReply sends one reply to the client.
func (f *flows) forwardReply(fd int, flow *flow) error {
	f.replying.Lock()
	defer f.replying.Unlock()
	n, err := syscall.Read(fd, f.reply)
	if err == nil {
		_, _ = f.front.WriteToUDPAddrPort(f.reply[:n], flow.client) // packets may be lost
	}
	return err
}

// drop ends a flow. Ending it twice is allowed.
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
