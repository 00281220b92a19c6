package server

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestBesideServesUntilItIsStopped(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "beside "+r.URL.Path) })
	_, err = Beside(t.Context(), address, handler)
	if err == nil || !strings.Contains(err.Error(), "listen on "+address) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v of a port that is taken, want the address and that it is in use", err)
	}

	listener.Close()
	stop, err := Beside(t.Context(), address, handler)
	if err != nil {
		t.Fatal(err)
	}
	r := running{url: "http://" + address}
	if status, body := r.get(t, "/livez"); status != 200 || body != "beside /livez" {
		t.Errorf("got %d %s, want the handler's own answer", status, body)
	}
	stop()
	if got := r.ask(t.Context(), "/livez"); got.err == nil {
		t.Errorf("got %d after the stop, want no answer", got.status)
	}
}
