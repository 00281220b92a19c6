package service_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a listener with one in-memory connection, because the fake clock of synctest does not advance while a
// goroutine waits for the kernel.
type pipe struct{ connections chan net.Conn }

func (p pipe) Accept() (net.Conn, error) {
	connection, open := <-p.connections
	if !open {
		return nil, net.ErrClosed
	}
	return connection, nil
}
func (pipe) Close() error   { return nil }
func (pipe) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble runs a test with an open page, in fake time, at a server with the deadlines of package server.
func inBubble(t *testing.T, test func(*testing.T, *picture, *stream)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		seen := demo(3)
		server := &http.Server{
			Handler:           handler(ctx, t, seen, &answers{}),
			ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 12 * time.Second,
		}
		ours, theirs := net.Pipe()
		connections := make(chan net.Conn, 1)
		connections <- theirs
		go func() { _ = server.Serve(pipe{connections}) }()
		opened, err := open(ours)
		if err != nil {
			t.Fatal(err)
		}
		test(t, seen, opened)
		stop()
		_, _ = io.Copy(io.Discard, opened.lines)
		close(connections)
		_ = server.Close()
		_ = ours.Close()
	})
}

func TestAPageStaysOpenLongerThanTheServersDeadlines(t *testing.T) {
	inBubble(t, func(t *testing.T, seen *picture, opened *stream) {
		began := time.Now()
		shown := opened.wantFrame(t, "")
		for range 4 {
			opened.want(t, "alive")
		}
		if silent := time.Since(began); silent < 60*time.Second || silent > 62*time.Second {
			t.Errorf("four heartbeats came within %s, want one in 15 s", silent)
		}
		fail(seen, "later")
		opened.wantFrame(t, shown, "later")
	})
}

func TestAPageReceivesManyChangesFourTimesASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, seen *picture, opened *stream) {
		shown := opened.wantFrame(t, "")
		go func() {
			for i := range 200 {
				<-time.After(10 * time.Millisecond)
				fail(seen, fmt.Sprintf("change %d.", i))
			}
		}()
		for events := 1; ; events++ {
			shown = opened.wantFrame(t, shown)
			if strings.Contains(shown, `aria-label="orders calls products: failing, OTHER. change 199."`) {
				if events < 7 || events > 9 {
					t.Errorf("200 changes within two seconds are %d events, want about 8", events)
				}
				return
			}
		}
	})
}
