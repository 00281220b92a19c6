//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// ordersOutage deletes a client while no Pod of orders runs. The deletion succeeds immediately. The client's orders are
// deleted when orders runs again.
func (s *scenario) ordersOutage(t *testing.T) {
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": "GONE", "firstName": "Gaia", "lastName": "Gone"}, http.StatusCreated)
	order := call(t, "POST", s.outputs.OrdersURL+"/orders", map[string]any{"clientTaxCode": "GONE"}, http.StatusCreated)
	scale := "kubectl scale deployments --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=" + names["orders"] + " --replicas="
	s.run(scale + "0 && kubectl wait pods --for=delete --timeout 2m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=" + names["orders"])
	call(t, "DELETE", s.outputs.ClientsURL+"/clients/GONE", nil, http.StatusNoContent)
	s.run(scale + "3 && kubectl rollout status deployments --timeout 2m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/name=" + names["orders"])
	await(t, "GET", fmt.Sprintf("%s/orders/%s", s.outputs.OrdersURL, order["id"]), http.StatusNotFound)
}

// describedAndMeasured checks the API description, metrics and logs of the services.
func (s *scenario) describedAndMeasured(t *testing.T) {
	for name, url := range map[string]string{
		names["clients"]: s.outputs.ClientsURL, names["orders"]: s.outputs.OrdersURL, names["products"]: s.outputs.ProductsURL,
	} {
		if status, content := send(t, http.MethodGet, url+"/openapi.json", nil); status != http.StatusOK || !strings.Contains(string(content), `"openapi":"3.1`) {
			t.Errorf("%s/openapi.json answers %d: %.200s", name, status, content)
		}
		if status, content := send(t, http.MethodGet, url+"/metrics", nil); status != http.StatusOK || !strings.Contains(string(content), "http_requests_total{") {
			t.Errorf("%s/metrics answers %d: %.200s", name, status, content)
		}
		written := s.run("kubectl logs --namespace " + s.outputs.Namespace + " --tail=-1 --selector app.kubernetes.io/name=" + name)
		if !strings.Contains(written, `"msg":"request"`) || !strings.Contains(written, `"trace_id":"`) {
			t.Errorf("kubectl logs of %s shows no request with a trace ID: %.200s", name, written)
		}
	}
}
