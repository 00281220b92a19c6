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
	// fewest is how many requests the restart has to see to count as one under load.
	fewest = 500
)

// rollingRestart replaces every Pod of the three services while callers go on. Each request has to be answered the first
// time: the callers repeat none, and their HTTP client may not do so behind their back.
func (s *story) rollingRestart(t *testing.T) {
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
	before := s.pods(s.outputs.Namespace)
	s.run("kubectl rollout restart deployments --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/component=service && " +
		"kubectl rollout status deployments --timeout 5m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/component=service")
	stop()
	running.Wait()
	close(failures)
	for err := range failures {
		t.Errorf("a request was lost: %v", err)
	}
	t.Logf("%d requests while every Pod was replaced", sent.Load())
	if sent.Load() < fewest {
		t.Errorf("only %d requests were sent, want at least %d", sent.Load(), fewest)
	}
	after := s.pods(s.outputs.Namespace)
	for _, name := range []string{"clients", "orders", "products"} {
		for _, uid := range after[name] {
			if strings.Contains(strings.Join(before[name], " "), uid) {
				t.Errorf("Pod %s of %s was not replaced", uid, name)
			}
		}
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

// ordersOutage deletes a client while no Pod of orders runs. The deletion is answered at once; the client's orders go
// when orders is back.
func (s *story) ordersOutage(t *testing.T) {
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": "GONE", "firstName": "Gaia", "lastName": "Gone"}, http.StatusCreated)
	order := call(t, "POST", s.outputs.OrdersURL+"/orders", map[string]any{"clientTaxCode": "GONE"}, http.StatusCreated)
	scale := "kubectl scale deployments --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=orders --replicas="
	s.run(scale + "0 && kubectl wait pods --for=delete --timeout 2m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=orders")
	call(t, "DELETE", s.outputs.ClientsURL+"/clients/GONE", nil, http.StatusNoContent)
	s.run(scale + "3 && kubectl rollout status deployments --timeout 2m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=orders")
	await(t, "GET", fmt.Sprintf("%s/orders/%s", s.outputs.OrdersURL, order["id"]), http.StatusNotFound)
}

// describedAndMeasured looks at running services as an operator does: their API's description, metrics and logs.
func (s *story) describedAndMeasured(t *testing.T) {
	for name, url := range map[string]string{"clients": s.outputs.ClientsURL, "orders": s.outputs.OrdersURL, "products": s.outputs.ProductsURL} {
		if status, content := send(t, http.MethodGet, url+"/openapi.json", nil); status != http.StatusOK || !strings.Contains(string(content), `"openapi":"3.1`) {
			t.Errorf("%s/openapi.json answers %d: %.200s", name, status, content)
		}
		if status, content := send(t, http.MethodGet, url+"/metrics", nil); status != http.StatusOK || !strings.Contains(string(content), "http_requests_total{") {
			t.Errorf("%s/metrics answers %d: %.200s", name, status, content)
		}
		written := s.run("kubectl logs --namespace " + s.outputs.Namespace + " --tail=-1 --selector app.kubernetes.io/name=" + name)
		if !strings.Contains(written, `"msg":"request"`) || !strings.Contains(written, `"trace_id":"`) {
			t.Errorf("kubectl logs of %s shows no request with its trace: %.200s", name, written)
		}
	}
}
