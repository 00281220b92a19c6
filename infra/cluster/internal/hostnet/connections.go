package hostnet

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	// dialTimeout limits the time to connect into the cluster, for all addresses and tries together.
	dialTimeout = 5 * time.Second
	// A refused connection is tried again, as HAProxy does by default: on a busy node, kube-proxy still chooses a Pod for
	// seconds after it has ended. The client has sent nothing yet, and the next try may get another Pod.
	retries, retryPause = 3, 100 * time.Millisecond
)

// Forward accepts connections until the listener is closed, and joins each with a connection into the cluster. If no
// address of the route accepts, it resets the client's connection: an orderly close would look like an empty response.
func Forward(ctx context.Context, listener net.Listener, route Route) {
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as too many open files, which is temporary
			slog.Warn("cannot accept a connection", "listener", listener.Addr().String(), "error", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go forward(ctx, client.(*net.TCPConn), route)
	}
}

func forward(ctx context.Context, client *net.TCPConn, route Route) {
	defer client.Close()
	server, err := connect(ctx, client.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(), route)
	if err != nil {
		slog.Warn("connection refused", "listener", client.LocalAddr().String(), "client", client.RemoteAddr().String(), "error", err)
		reset(client)
		return
	}
	defer server.Close()
	join(client, server)
}

// connect connects to an address of the client's route.
func connect(ctx context.Context, client netip.Addr, route Route) (*net.TCPConn, error) {
	deadline := time.Now().Add(dialTimeout)
	server, err := dial(ctx, route(client), deadline)
	for try := 0; try < retries && errors.Is(err, syscall.ECONNREFUSED) && time.Until(deadline) > retryPause; try++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retryPause):
		}
		server, err = dial(ctx, route(client), deadline)
	}
	return server, err
}

// dial connects to the first address that accepts. The remaining addresses share the remaining time equally.
func dial(ctx context.Context, addresses []string, deadline time.Time) (*net.TCPConn, error) {
	errs := []error{errors.New("no backend accepted the connection")}
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

// join copies in both directions. It forwards the end of each direction, so that half-closed connections work, and a
// reset of either side to the other.
func join(a, b *net.TCPConn) {
	var both sync.WaitGroup
	pipe := func(to, from *net.TCPConn) {
		if _, err := io.Copy(to, from); err != nil {
			reset(a)
			reset(b)
			return
		}
		_ = to.CloseWrite() // fails if the connection is closed, which ends the other direction
	}
	both.Go(func() { pipe(a, b) })
	both.Go(func() { pipe(b, a) })
	both.Wait()
}

// reset closes a connection so that its peer gets an error instead of the end of the input.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0) // fails only if the connection is closed
	_ = conn.Close()
}
