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
	// callers send requests one after another, each over connections of its own.
	callers = 6
	// fewest is how many requests a change has to see to count as one under load.
	fewest = 500
)

// underLoad makes a change while callers go on. Each request has to be answered the first time: the callers repeat none,
// and their HTTP client may not do so behind their back.
func (s *story) underLoad(t *testing.T, change func()) {
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
	t.Logf("%d requests meanwhile", sent.Load())
	if sent.Load() < fewest {
		t.Errorf("only %d requests were sent, want at least %d", sent.Load(), fewest)
	}
	call(t, "DELETE", s.outputs.ClientsURL+"/clients/LOAD", nil, http.StatusNoContent)
}

// keepCalling creates and reads until ctx ends. Half of the callers keep their connections, as a browser or a service
// does, and half make a new one each time.
func (s *story) keepCalling(ctx context.Context, caller int, sent *atomic.Int64) error {
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
		// Not ctx: what is under way when the load ends has to be answered too.
		// And a body that cannot be read twice, also where it is empty: else the client repeats a GET by itself.
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
