package hostnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func connect(t *testing.T, to net.Listener) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp4", to.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// accept serves connections until the listener is closed.
func accept(listener net.Listener, serve func(*net.TCPConn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(conn.(*net.TCPConn))
	}
}

// greet returns a server that sends "here" to each client.
func greet(t *testing.T) net.Listener {
	t.Helper()
	server := listen(t)
	go accept(server, func(conn *net.TCPConn) {
		defer conn.Close()
		_, _ = conn.Write([]byte("here"))
	})
	return server
}

// Some clients close their sending side after the request and then read the response.
func TestForwardKeepsHalfClosedConnectionsOpen(t *testing.T) {
	server, front := listen(t), listen(t)
	go hostnet.Forward(t.Context(), front, hostnet.To(server.Addr().String()))
	go accept(server, func(conn *net.TCPConn) {
		defer conn.Close()
		request, _ := io.ReadAll(conn) // until the client closes its sending side
		_, _ = conn.Write(append([]byte("received "), request...))
	})
	client := connect(t, front)
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(client)
	if err != nil || string(answer) != "received hello" {
		t.Errorf("answer is %q, %v, want %q", answer, err, "received hello")
	}
}

func TestForwardForwardsAResetOfEitherSide(t *testing.T) {
	abort := func(conn *net.TCPConn) {
		_ = conn.SetLinger(0)
		_ = conn.Close()
	}
	server, front := listen(t), listen(t)
	go hostnet.Forward(t.Context(), front, hostnet.To(server.Addr().String()))
	served := make(chan *net.TCPConn)
	go accept(server, func(conn *net.TCPConn) { served <- conn })

	client := connect(t, front)
	conn := <-served
	wantPassed(t, client, conn)
	abort(conn)
	if n, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the server's reset the client read %d bytes, %v, want a reset", n, err)
	}
	client, conn = connect(t, front), <-served
	defer conn.Close()
	wantPassed(t, client, conn)
	abort(client)
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the client's reset the server read %d bytes, %v, want a reset", n, err)
	}
}

// wantPassed sends a byte through, so that both sides are joined afterwards.
func wantPassed(t *testing.T, from, to *net.TCPConn) {
	t.Helper()
	if err := to.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(to, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestForwardResetsTheClientWithoutABackend(t *testing.T) {
	gone := listen(t)
	gone.Close()
	for name, route := range map[string]hostnet.Route{
		"refused":  hostnet.To(gone.Addr().String()),
		"no route": func(netip.Addr) []string { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			front := listen(t)
			go hostnet.Forward(t.Context(), front, route)
			client, err := net.Dial("tcp4", front.Addr().String())
			if err == nil { // the reset may come before connect returns
				defer client.Close()
				_ = client.SetDeadline(time.Now().Add(10 * time.Second))
				_, err = client.Read(make([]byte, 1))
			}
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the client gets %v, want a reset", err)
			}
		})
	}
}

// A Pod that has ended may stay behind a Service for a moment, beside others that serve.
func TestForwardTriesAgainAfterARefusal(t *testing.T) {
	gone, server, front := listen(t), greet(t), listen(t)
	gone.Close()
	var calls atomic.Int64
	go hostnet.Forward(t.Context(), front, func(netip.Addr) []string {
		if calls.Add(1) <= 3 {
			return []string{gone.Addr().String()}
		}
		return []string{server.Addr().String()}
	})
	if answer, err := io.ReadAll(connect(t, front)); err != nil || string(answer) != "here" {
		t.Errorf("answer is %q, %v, want %q", answer, err, "here")
	}
}

func TestForwardTriesTheNextAddress(t *testing.T) {
	gone, server, front := listen(t), greet(t), listen(t)
	gone.Close()
	go hostnet.Forward(t.Context(), front, func(client netip.Addr) []string {
		if !client.IsLoopback() {
			t.Errorf("the client comes from %s, want a loopback address", client)
		}
		return []string{gone.Addr().String(), server.Addr().String()}
	})
	answer, err := io.ReadAll(connect(t, front))
	if err != nil || string(answer) != "here" {
		t.Errorf("answer is %q, %v, want %q", answer, err, "here")
	}
}

func TestForwardServesManyConnectionsAtOnce(t *testing.T) {
	const connections, size = 1000, 64 << 10
	server, front := listen(t), listen(t)
	go accept(server, func(conn *net.TCPConn) {
		defer conn.Close()
		_, _ = io.Copy(conn, conn)
	})
	go hostnet.Forward(t.Context(), front, hostnet.To(server.Addr().String()))
	var clients []*net.TCPConn
	for range connections { // all are open before the first sends data
		clients = append(clients, connect(t, front))
	}
	var all sync.WaitGroup
	for i, client := range clients {
		all.Go(func() {
			sent := bytes.Repeat([]byte{byte(i)}, size)
			go func() {
				_, _ = client.Write(sent)
				_ = client.CloseWrite()
			}()
			if got, err := io.ReadAll(client); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("connection %d got %d bytes back, %v, want its own %d", i, len(got), err, size)
			}
		})
	}
	all.Wait()
}

func TestForwardEndsWithItsListener(t *testing.T) {
	front := listen(t)
	ended := make(chan struct{})
	go func() {
		hostnet.Forward(t.Context(), front, hostnet.To("127.0.0.1:1"))
		close(ended)
	}()
	front.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("Forward has not returned 10 s after its listener was closed")
	}
}
