// Package hostnet opens sockets on the host's loopback from inside the cluster's network namespace, and forwards TCP
// connections (connections.go) and UDP packets (packets.go) from there into the cluster. The load balancer uses it, and
// so does the control plane for the addresses of the API server and the registry.
package hostnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"

	"github.com/vishvananda/netns"
)

// Namespace is an open file descriptor of the host's network namespace.
type Namespace netns.NsHandle

// Listen listens on a TCP address of the host's loopback.
func (n Namespace) Listen(address string) (listener net.Listener, err error) {
	err = n.visit(address, func() (err error) {
		listener, err = net.Listen("tcp4", address)
		return err
	})
	return listener, err
}

// ListenPacket listens on a UDP address of the host's loopback.
func (n Namespace) ListenPacket(address string) (conn *net.UDPConn, err error) {
	err = n.visit(address, func() error {
		packets, err := net.ListenPacket("udp4", address)
		if err == nil {
			conn = packets.(*net.UDPConn)
		}
		return err
	})
	return conn, err
}

// visit calls open in the host's network namespace. A socket stays in the namespace that it was created in, so the
// thread returns after the call.
func (n Namespace) visit(address string, open func() error) error {
	if host, err := netip.ParseAddrPort(address); err != nil || !host.Addr().IsLoopback() {
		return fmt.Errorf("%s is not a loopback address: the cluster listens only on the host's loopback", address)
	}
	runtime.LockOSThread()
	own, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("open the cluster's network namespace: %w", err)
	}
	defer own.Close()
	if err := netns.Set(netns.NsHandle(n)); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter the host's network namespace: %w", err)
	}
	openErr := open()
	if err := netns.Set(own); err != nil {
		// The thread stays locked, so that it ends with this goroutine and no other goroutine runs in the wrong
		// namespace.
		return errors.Join(openErr, fmt.Errorf("return to the cluster's network namespace: %w", err))
	}
	runtime.UnlockOSThread()
	return openErr
}
