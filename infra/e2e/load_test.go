//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// callers is the number of clients. Each sends one request after another over its own connections.
	callers = 6
	// minRequests is the number of requests below which a change does not count as under load.
	minRequests = 500
)

// underLoad runs change while clients send requests. Each request must succeed at the first attempt: neither the
// clients nor their HTTP transports retry.
func (s *scenario) underLoad(t *testing.T, change func()) {
	t.Helper()
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": "LOAD", "firstName": "Lea", "lastName": "Load"}, http.StatusCreated)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sent atomic.Int64
	var running sync.WaitGroup
	failures := make(chan error, callers)
	for caller := range callers {
		running.Go(func() {
			if err := s.keepCalling(ctx, caller, &sent); err != nil {
				failures <- err
			}
		})
	}
	change()
	stop()
	running.Wait()
	close(failures)
	for err := range failures {
		t.Errorf("a request was lost: %v", err)
	}
	t.Logf("%d requests during the change", sent.Load())
	if sent.Load() < minRequests {
		t.Errorf("only %d requests were sent, want at least %d", sent.Load(), minRequests)
	}
	call(t, "DELETE", s.outputs.ClientsURL+"/clients/LOAD", nil, http.StatusNoContent)
}

// keepCalling sends requests until ctx ends. Half of the clients keep their connections, as browsers and services do.
// The others open a new connection for each request.
func (s *scenario) keepCalling(ctx context.Context, caller int, sent *atomic.Int64) error {
	transport := &http.Transport{DisableKeepAlives: caller%2 == 0}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	requests := []struct {
		method, url, body string
		want              int
	}{
		{http.MethodPost, s.outputs.OrdersURL + "/orders", `{"clientTaxCode":"LOAD"}`, http.StatusCreated},
		{http.MethodPost, s.outputs.ProductsURL + "/products", `{"name":"Lamp"}`, http.StatusCreated},
		{http.MethodGet, s.outputs.ClientsURL + "/clients/LOAD", "", http.StatusOK},
		{http.MethodGet, s.outputs.OrdersURL + "/orders?clientTaxCode=LOAD&limit=5", "", http.StatusOK},
	}
	for n := caller; ctx.Err() == nil; n++ {
		r := requests[n%len(requests)]
		// A request that is in flight when ctx ends must be answered, too. The body cannot be read twice, even if it is
		// empty: otherwise http.Client retries a GET.
		body := io.NopCloser(strings.NewReader(r.body))
		request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), r.method, r.url, body)
		if err != nil {
			return err
		}
		request.ContentLength = int64(len(r.body))
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		content, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != r.want {
			return fmt.Errorf("%s %s answers %d, want %d: %w: %s", r.method, r.url, response.StatusCode, r.want, err, content)
		}
		sent.Add(1)
	}
	return nil
}
