package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestOnlyURLsThatCanBeReachedFromHereAreAwaited(t *testing.T) {
	got, err := urlsFromHere([]byte(`{
		"ordersUrl": "http://127.80.0.2", "clientsUrl": "http://127.80.0.1", "namespace": "demo",
		"explorerUrl": "http://explorer.demo.svc:80", "productsUrl": "http://<address of any node>:30000",
		"services": {"orders": {"dnsName": "orders.demo.svc"}}
	}`))
	if want := []string{"http://127.80.0.1", "http://127.80.0.2"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("awaits %v, %v, want %v", got, err, want)
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
