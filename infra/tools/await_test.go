package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestOnlyURLsThatCanBeReachedFromHereAreAwaited(t *testing.T) {
	got := urlsFromHere(map[string]any{
		"ordersUrl": "http://127.80.0.2", "clientsUrl": "http://127.80.0.1", "namespace": "demo",
		"explorerUrl": "http://explorer.demo.svc:80", "productsUrl": "http://<address of any node>:30000",
		"services": map[string]any{"orders": map[string]any{"dnsName": "orders.demo.svc"}},
	})
	if want := []string{"http://127.80.0.1", "http://127.80.0.2"}; !slices.Equal(got, want) {
		t.Errorf("awaits %v, want %v", got, want)
	}
}

func TestServiceThatIsNotReadyIsAwaited(t *testing.T) {
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s, want /readyz", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	if err := ready(t.Context(), server.URL); err == nil || err.Error() != "503 Service Unavailable" {
		t.Errorf("error is %v, want 503", err)
	}
	status = http.StatusNoContent
	if err := ready(t.Context(), server.URL); err != nil {
		t.Errorf("error is %v, want none", err)
	}
}

func TestWhatTheExplorerSaysOfNetworkPoliciesIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/network" {
			t.Errorf("asked for %s, want /api/network", r.URL.Path)
		}
		fmt.Fprint(w, `{"data":{"policies":{"enforced":"no","detail":"This cluster does not enforce NetworkPolicies."}}}`)
	}))
	defer server.Close()
	if got, err := policies(t.Context(), server.URL); err != nil || got != "This cluster does not enforce NetworkPolicies." {
		t.Errorf("it says %q (%v)", got, err)
	}
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "{}")
	}))
	defer failing.Close()
	if _, err := policies(t.Context(), failing.URL); err == nil || !strings.Contains(err.Error(), "it answers 503 Service Unavailable") {
		t.Errorf("an explorer that cannot read the cluster gives %v", err)
	}
}
