// Package hostnet opens sockets on the host's loopback from inside the cluster's network namespace, and forwards what
// arrives there into the cluster.
package hostnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"

	"github.com/vishvananda/netns"
)

// Namespace is the host's network namespace, as an open file descriptor.
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

// visit calls open in the host's network namespace. A socket belongs to the namespace that it was made in, so the thread
// only visits the host's for the call.
func (n Namespace) visit(address string, open func() error) error {
	if host, err := netip.ParseAddrPort(address); err != nil || !host.Addr().IsLoopback() {
		return fmt.Errorf("%s is not on the host's loopback, and nothing of the cluster listens elsewhere", address)
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
		// The thread stays locked, so it ends with this goroutine and nobody runs on it in the wrong namespace.
		return errors.Join(openErr, fmt.Errorf("return to the cluster's network namespace: %w", err))
	}
	runtime.UnlockOSThread()
	return openErr
}
