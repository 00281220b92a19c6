// Package hostnet opens listeners on the host's loopback from inside the cluster's network namespace.
package hostnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/vishvananda/netns"
)

// Namespace is the host's network namespace, as an open file descriptor.
type Namespace netns.NsHandle

// Listen listens on a TCP address of the host. A socket belongs to the network namespace that it was made in, so the
// thread only visits the host's for the call.
func (n Namespace) Listen(address string) (net.Listener, error) {
	runtime.LockOSThread()
	own, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("open the cluster's network namespace: %w", err)
	}
	defer own.Close()
	if err := netns.Set(netns.NsHandle(n)); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("enter the host's network namespace: %w", err)
	}
	listener, listenErr := net.Listen("tcp4", address)
	if err := netns.Set(own); err != nil {
		// The thread stays locked, so it ends with this goroutine and nobody runs on it in the wrong namespace.
		return nil, errors.Join(listenErr, fmt.Errorf("return to the cluster's network namespace: %w", err))
	}
	runtime.UnlockOSThread()
	return listener, listenErr
}

// Forward accepts connections until the listener is closed and joins each to a connection to target.
func Forward(ctx context.Context, listener net.Listener, target string) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as too many open files: it passes
			slog.Warn("a connection could not be accepted", "listener", listener.Addr().String(), "error", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer client.Close()
			server, err := dialer.DialContext(ctx, "tcp4", target)
			if err != nil {
				slog.Warn("connection refused inside the cluster", "listener", listener.Addr().String(), "target", target, "error", err)
				return
			}
			defer server.Close()
			join(client.(*net.TCPConn), server.(*net.TCPConn))
		}()
	}
}

// join copies both ways, and passes on each side's end of input so that half-closed connections work.
func join(a, b *net.TCPConn) {
	var both sync.WaitGroup
	pipe := func(to, from *net.TCPConn) {
		_, _ = io.Copy(to, from) // the peer's reset is the end of the copy, not ours to report
		_ = to.CloseWrite()
	}
	both.Go(func() { pipe(a, b) })
	both.Go(func() { pipe(b, a) })
	both.Wait()
}
