package service_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
)

// stream is a page that is open.
type stream struct {
	connection net.Conn
	response   *http.Response
	lines      *bufio.Reader
}

// open asks for events on a connection of its own.
func open(connection net.Conn) (*stream, error) {
	if _, err := io.WriteString(connection, "GET /events HTTP/1.1\r\nHost: explorer\r\n\r\n"); err != nil {
		return nil, err
	}
	//nolint:bodyclose // the test closes the connection
	response, err := http.ReadResponse(bufio.NewReaderSize(connection, 4096), nil)
	if err != nil {
		return nil, err
	}
	return &stream{connection, response, bufio.NewReaderSize(response.Body, 4096)}, nil
}

// next reads until the end of the next event of this name, and reports whether its data contain some words.
func (s *stream) next(name string, words ...string) (bool, error) {
	inside, found := false, 0
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return false, err
		}
		inside = inside || line == "event: "+name+"\n"
		for _, word := range words {
			if inside && strings.Contains(line, word) {
				found++
			}
		}
		if inside && line == "\n" {
			return found >= len(words), nil
		}
	}
}

func dial(t *testing.T, server *httptest.Server) *stream {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	// What does not come fails the test, and does not keep it waiting.
	if err := connection.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	opened, err := open(connection)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// want fails unless the next event of this name has these words.
func (s *stream) want(t *testing.T, name string, words ...string) {
	t.Helper()
	if found, err := s.next(name, words...); err != nil || !found {
		t.Fatalf("the next event %s does not have %q, or has not come: %v", name, words, err)
	}
}

func serve(ctx context.Context, t *testing.T, seen *picture) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler(ctx, t, seen, &answers{}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server
}

func fail(seen *picture, code string) {
	seen.change(func(p *picture) {
		p.calls = append([]calls.Call(nil), p.calls...)
		*p.call("orders", "products") = calls.Call{From: "orders", To: "products", State: calls.Failing, Code: "OTHER", Detail: code}
	})
}
