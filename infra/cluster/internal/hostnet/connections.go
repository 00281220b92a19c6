package hostnet

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// dialTimeout is what one connection into the cluster may take, over all addresses that are tried.
const dialTimeout = 5 * time.Second

// Forward accepts connections until the listener is closed and joins each to one into the cluster. Where there is none,
// the client's is reset: it was accepted already, and a plain end would look like an empty answer.
func Forward(ctx context.Context, listener net.Listener, route Route) {
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
		go forward(ctx, client.(*net.TCPConn), route)
	}
}

func forward(ctx context.Context, client *net.TCPConn, route Route) {
	defer client.Close()
	server, err := dial(ctx, route(client.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()))
	if err != nil {
		slog.Warn("connection refused", "listener", client.LocalAddr().String(), "client", client.RemoteAddr().String(), "error", err)
		reset(client)
		return
	}
	defer server.Close()
	join(client, server)
}

// dial connects to the first address that answers. Those that are left share the time that is left.
func dial(ctx context.Context, addresses []string) (*net.TCPConn, error) {
	errs := []error{errors.New("nobody serves it")}
	deadline := time.Now().Add(dialTimeout)
	for i, address := range addresses {
		dialer := net.Dialer{Timeout: time.Until(deadline) / time.Duration(len(addresses)-i)}
		conn, err := dialer.DialContext(ctx, "tcp4", address)
		if err == nil {
			return conn.(*net.TCPConn), nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// join copies both ways. It passes on each side's end of input, so that half-closed connections work, and a reset of
// either side to the other.
func join(a, b *net.TCPConn) {
	var both sync.WaitGroup
	pipe := func(to, from *net.TCPConn) {
		if _, err := io.Copy(to, from); err != nil {
			reset(a)
			reset(b)
			return
		}
		_ = to.CloseWrite() // an error means that it is gone, which the other direction sees
	}
	both.Go(func() { pipe(a, b) })
	both.Go(func() { pipe(b, a) })
	both.Wait()
}

// reset closes a connection so that its peer gets an error, and not the end of the input.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0) // errors mean that it is gone
	_ = conn.Close()
}
