package service_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/dnstest"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/probe/service"
)

// measure asks the probe and checks that it took time, and not more than it may.
func measure[T any](t *testing.T, target string, took func(T) float64) T {
	t.Helper()
	answer := apitest.Serve(t, service.Handler()).Do(t, "GET", target, "")
	if answer.Status != 200 || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s: %s", answer.Status, answer.Header.Get("Content-Type"), answer.Text)
	}
	var body struct{ Data T }
	decoder := json.NewDecoder(strings.NewReader(answer.Text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		t.Fatalf("read %s: %v", answer.Text, err)
	}
	if milliseconds := took(body.Data); milliseconds <= 0 || milliseconds > 3000 {
		t.Errorf("it took %f milliseconds", milliseconds)
	}
	return body.Data
}

func resolve(t *testing.T, name string) service.Resolution {
	t.Helper()
	return measure(t, "/resolve?name="+name, func(r service.Resolution) float64 { return r.Milliseconds })
}

func dial(t *testing.T, address string) service.Dialing {
	t.Helper()
	return measure(t, "/dial?address="+address, func(d service.Dialing) float64 { return d.Milliseconds })
}

// clusterDNS knows a Service, and a name whose server is too busy to answer.
func clusterDNS(t *testing.T) {
	t.Helper()
	dnstest.Use(t, map[string]netip.Addr{"clients.demo.svc": netip.MustParseAddr("10.96.0.7"), "busy.demo.svc": {}})
}

func TestResolveFindsTheAddressesOfAName(t *testing.T) {
	clusterDNS(t)
	got := resolve(t, "clients.demo.svc")
	if got.Name != "clients.demo.svc" || got.Failure != nil || !slices.Equal(got.Addresses, []netip.Addr{netip.MustParseAddr("10.96.0.7")}) {
		t.Errorf("got %+v, want the address 10.96.0.7", got)
	}
}

func TestResolveSaysWhyANameHasNoAddress(t *testing.T) {
	clusterDNS(t)
	for name, want := range map[string]string{
		"nobody.demo.svc": "The name nobody.demo.svc does not exist: no DNS server knows an address for it.",
		"busy.demo.svc":   "The name busy.demo.svc could not be looked up: i/o timeout.",
	} {
		got := resolve(t, name)
		if got.Failure == nil || *got.Failure != (failure.Failure{Code: failure.DNS, Detail: want}) {
			t.Errorf("got the failure %+v, want DNS: %s", got.Failure, want)
		}
		if got.Addresses == nil || len(got.Addresses) != 0 {
			t.Errorf("got the addresses %v, want an empty list", got.Addresses)
		}
	}
}

func TestDialOpensAConnection(t *testing.T) {
	listener, address := listen(t)
	defer listener.Close()
	got := dial(t, address)
	if got.Address != address || got.Remote != address || got.Failure != nil {
		t.Errorf("got %+v, want a connection to %s", got, address)
	}
}

func TestDialSaysWhyThereIsNoConnection(t *testing.T) {
	clusterDNS(t)
	listener, address := listen(t)
	listener.Close()
	if got := dial(t, address); got.Failure == nil || got.Failure.Code != failure.Refused || got.Remote != "" {
		t.Errorf("got %+v of a port where nothing listens, want REFUSED", got)
	}
	if got := dial(t, "nobody.demo.svc:80"); got.Failure == nil || got.Failure.Code != failure.DNS {
		t.Errorf("got %+v of a name that does not exist, want DNS", got)
	}
}

func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener, listener.Addr().String()
}

func TestBadInputIsAProblem(t *testing.T) {
	probe := apitest.Serve(t, service.Handler())
	const invalid = "Some values are not acceptable, see errors."
	name := problem.Field{Name: "name", Detail: "It has to be a host name, such as clients or clients.demo.svc."}
	for _, target := range []string{"/resolve", "/resolve?name=a%20b", "/resolve?name=-a", "/resolve?name=a..b", "/resolve?name=" + strings.Repeat("a.", 130)} {
		probe.Do(t, "GET", target, "").WantProblem(t, 422, "/resolve", invalid, name)
	}
	address := problem.Field{Name: "address", Detail: "It has to be host:port, such as clients.demo.svc:80."}
	for _, target := range []string{"/dial", "/dial?address=a", "/dial?address=a:0", "/dial?address=a:http", "/dial?address=a:65536", "/dial?address=:80"} {
		probe.Do(t, "GET", target, "").WantProblem(t, 422, "/dial", invalid, address)
	}
	probe.Do(t, "GET", "/x", "").WantProblem(t, 404, "/x", "There is nothing at /x. Ask GET /resolve or GET /dial.")
}

func TestTheProbeListensOnLoopbackAloneAndHealthFindsIt(t *testing.T) {
	listener, address := listen(t)
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	config := contract.Probe[string]{Port: port}
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
	// All of 127.0.0.0/8 is this machine. A server on every address would answer on this one too.
	if connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.2:"+port); err == nil {
		connection.Close()
		t.Error("the probe answers on 127.0.0.2 too")
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the probe stopped with %v", err)
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
