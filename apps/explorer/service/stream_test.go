package service_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
)

// stream is an open page.
type stream struct {
	connection net.Conn
	response   *http.Response
	lines      *bufio.Reader
}

// open requests events on its own connection.
func open(connection net.Conn, headers ...string) (*stream, error) {
	lines := append([]string{"GET /events HTTP/1.1", "Host: explorer"}, headers...)
	if _, err := io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return nil, err
	}
	//nolint:bodyclose // the test closes the connection
	response, err := http.ReadResponse(bufio.NewReaderSize(connection, 4096), nil)
	if err != nil {
		return nil, err
	}
	return &stream{connection, response, bufio.NewReaderSize(response.Body, 4096)}, nil
}

// event reads the next event.
func (s *stream) event() (name, data string, err error) {
	var lines []string
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		switch field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); {
		case field == "event":
			name = value
		case field == "data":
			lines = append(lines, value)
		case name != "": // the line between two events
			return name, strings.Join(lines, "\n"), nil
		}
	}
}

// frame returns the map after the next event that changes it. before is the map after the events so far.
func (s *stream) frame(before string) (string, error) {
	for {
		switch name, data, err := s.event(); {
		case err != nil:
			return "", err
		case name == "map":
			return data, nil
		case name == "change":
			return edited(before, data)
		}
	}
}

// edited applies edits like script.js.
func edited(before, edits string) (string, error) {
	var all []struct {
		Keep, Drop int
		Insert     string
	}
	if err := json.Unmarshal([]byte(edits), &all); err != nil {
		return "", err
	}
	var made strings.Builder
	at := 0
	for _, edit := range all {
		made.WriteString(before[at:at+edit.Keep] + edit.Insert)
		at += edit.Keep + edit.Drop
	}
	return made.String() + before[at:], nil
}

// flushed returns the events in the next flushed block of the compressed stream. Each block can be decompressed on its
// own, so that the server keeps no compression state per page.
func (s *stream) flushed() (string, error) {
	var compressed []byte
	for !bytes.HasSuffix(compressed, []byte{0, 0, 0xff, 0xff}) { // the empty block of a flush, RFC 1951 section 3.2.4
		part, err := s.lines.ReadBytes(0xff)
		if err != nil {
			return "", err
		}
		compressed = append(compressed, part...)
	}
	const header = "\x1f\x8b" // ten bytes, RFC 1952 section 2.3
	if bytes.HasPrefix(compressed, []byte(header)) {
		compressed = compressed[10:]
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(compressed)))
	if !errors.Is(err, io.ErrUnexpectedEOF) { // the stream goes on
		return "", fmt.Errorf("the stream ends: %w", err)
	}
	return string(text), nil
}

func dial(t *testing.T, server *httptest.Server, headers ...string) *stream {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	// A missing event fails the test instead of blocking it.
	if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	opened, err := open(connection, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// want fails unless the next event has this name.
func (s *stream) want(t *testing.T, want string) {
	t.Helper()
	if name, _, err := s.event(); err != nil || name != want {
		t.Fatalf("the next event is %q, %v; want %s", name, err, want)
	}
}

// wantFrame returns the next frame of the map. It fails unless the frame contains these words.
func (s *stream) wantFrame(t *testing.T, before string, words ...string) string {
	t.Helper()
	shown, err := s.frame(before)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		if !strings.Contains(shown, word) {
			t.Fatalf("the map does not contain %q:\n%s", word, shown)
		}
	}
	return shown
}

// wantFlushed fails unless the next compressed events contain these words.
func (s *stream) wantFlushed(t *testing.T, words string) {
	t.Helper()
	for {
		text, err := s.flushed()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, words) {
			return
		}
		if !strings.HasPrefix(text, "retry: ") && !strings.HasPrefix(text, "event: alive\n") {
			t.Fatalf("the next event does not contain %q", words)
		}
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
