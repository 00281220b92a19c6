package service_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/probe/service"
)

// allowlist allows the probe to measure itself, as in the explorer's Pod.
func allowlist(port string) contract.Allowlist[string] {
	return contract.Allowlist[string]{Targets: "http://localhost:" + port, Pods: "http://pods.demo.svc:8080"}
}

func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener, listener.Addr().String()
}

func TestTheProbeListensOnlyOnLoopbackAndHealthFindsIt(t *testing.T) {
	listener, address := listen(t)
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	config := contract.Probe[string]{Port: port, Allowlist: allowlist(port)}
	if err := service.Health(t.Context(), config); err == nil {
		t.Error("healthy, and nothing listens")
	}

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx, config) }()
	for service.Health(t.Context(), config) != nil {
		select {
		case err := <-done:
			t.Fatalf("the probe stopped: %v", err)
		default:
		}
	}
	// All of 127.0.0.0/8 is this machine. A server on all addresses would answer here, too.
	if connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.2:"+port); err == nil {
		connection.Close()
		t.Error("the probe answers on 127.0.0.2 too")
	}
	measureItself(t, port)
	stop()
	if err := <-done; err != nil {
		t.Errorf("the probe stopped with %v", err)
	}
}

// measureItself makes the probe measure localhost, which only its own Pod can.
func measureItself(t *testing.T, port string) {
	t.Helper()
	tested := apitest.API{URL: "http://127.0.0.1:" + port}
	for tested.Do(t, "GET", "/readyz", "").Status != http.StatusNoContent { // it is alive before it is ready
		runtime.Gosched()
	}
	answer := tested.Do(t, "GET", "/measurement?url=http://localhost:"+port, "")
	var body struct{ Data probe.Measurement }
	if err := json.Unmarshal([]byte(answer.Text), &body); err != nil {
		t.Fatal(err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	got := body.Data
	if got.Failure != nil || got.Answer == nil || got.Answer.Status != http.StatusNoContent || got.Answer.Pod != hostname {
		t.Errorf("got %s, want that the Pod %s answered 204", answer.Text, hostname)
	}
	for _, gone := range []string{"/dial", "/resolve"} {
		tested.Do(t, "GET", gone+"?name=localhost&address=localhost:"+port, "").
			WantProblem(t, 404, gone, "There is nothing at "+gone+". Send GET /measurement or GET /resolution.")
	}
}

func TestAProbeWithoutATopologyDoesNotStart(t *testing.T) {
	if err := service.Run(t.Context(), contract.Probe[string]{Port: "0"}); err == nil || !strings.Contains(err.Error(), "read the allowlist") {
		t.Errorf("got %v, want an error about the allowlist", err)
	}
}

func TestHealthFailsWhenTheProbeDoes(t *testing.T) {
	listener, address := listen(t)
	_, port, _ := net.SplitHostPort(address)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "broken")
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	err := service.Health(t.Context(), contract.Probe[string]{Port: port})
	if err == nil || !strings.Contains(err.Error(), "500 Internal Server Error") {
		t.Errorf("got %v, want the status 500", err)
	}
}
