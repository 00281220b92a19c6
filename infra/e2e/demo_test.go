//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// taxCode identifies the client that the steps create.
const taxCode = "RSSMRA85T10A562S"

func (s *scenario) services(t *testing.T) {
	o := s.outputs
	call(t, "POST", o.OrdersURL+"/orders", map[string]any{"clientTaxCode": taxCode}, http.StatusUnprocessableEntity)
	call(t, "POST", o.ClientsURL+"/clients", map[string]any{"taxCode": taxCode, "firstName": "Maria", "lastName": "Rossi"}, http.StatusCreated)
	product := call(t, "POST", o.ProductsURL+"/products", map[string]any{"name": "Chair"}, http.StatusCreated)
	order := call(t, "POST", o.OrdersURL+"/orders", map[string]any{"clientTaxCode": taxCode}, http.StatusCreated)
	url := fmt.Sprintf("%s/orders/%s", o.OrdersURL, order["id"])
	call(t, "PUT", fmt.Sprintf("%s/products/%s", url, product["code"]), nil, http.StatusNoContent)

	read := call(t, "GET", url, nil, http.StatusOK)
	if client, _ := read["client"].(map[string]any); client["lastName"] != "Rossi" {
		t.Errorf("the order's client is %v, want Maria Rossi from clients", read["client"])
	}
	if products, _ := read["products"].([]any); len(products) != 1 || products[0].(map[string]any)["name"] != "Chair" {
		t.Errorf("the order's products are %v, want one Chair from products", read["products"])
	}
	call(t, "DELETE", o.ClientsURL+"/clients/"+taxCode, nil, http.StatusNoContent)
	call(t, "GET", o.ClientsURL+"/clients/"+taxCode, nil, http.StatusNotFound)
	await(t, "GET", url, http.StatusNotFound) // clients notifies orders after it has answered
}

// explorer compares /topology.json with what kubectl lists.
func (s *scenario) explorer(t *testing.T) {
	_, content := send(t, http.MethodGet, s.outputs.ExplorerURL+"/topology.json", nil)
	var answer struct {
		Data struct {
			Network struct {
				Workloads []struct {
					Pods []struct{ Name, State string }
				}
				Services []struct{ Name, ClusterIP, DNSName string }
			}
		}
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
	var found []string
	for _, workload := range answer.Data.Network.Workloads {
		for _, pod := range workload.Pods {
			if pod.State != "Terminating" {
				found = append(found, pod.Name)
			}
		}
	}
	slices.Sort(found)
	want := strings.Fields(s.run("kubectl get pods --namespace " + s.outputs.Namespace +
		" --no-headers --output custom-columns=:.metadata.name,:.metadata.deletionTimestamp | awk '$2 == \"<none>\" {print $1}'"))
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("the explorer lists the Pods %v, want %v", found, want)
	}
	for name, address := range s.outputs.ClusterIPs {
		if !slices.ContainsFunc(answer.Data.Network.Services, func(known struct{ Name, ClusterIP, DNSName string }) bool {
			return known.Name == name && known.ClusterIP == address && strings.Contains(s.outputs.Services[name], "//"+known.DNSName+":")
		}) {
			t.Errorf("the explorer lists no Service %s at %s with the URL %s: %+v", name, address, s.outputs.Services[name], answer.Data.Network.Services)
		}
	}
}

// probe connects through the API server's proxy, because no Pod of the demo can reach these ports.
func (s *scenario) probe(t *testing.T) {
	pod := strings.TrimSpace(s.run("kubectl get pods --namespace " + s.outputs.Namespace +
		" --selector app.kubernetes.io/name=" + names["explorer"] + " --output jsonpath={.items[0].metadata.name}"))
	path := "kubectl get --raw /api/v1/namespaces/" + s.outputs.Namespace + "/pods/" + pod
	if answer := s.run(path + ":8080/proxy/topology.json"); !strings.Contains(answer, `"workloads"`) {
		t.Errorf("on the Pod's address the explorer answers %s", answer)
	}
	s.mustFail(path+":8081/proxy/livez", "connection refused")
}
