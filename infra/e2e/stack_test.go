//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
)

// outputs are the stack's outputs, as `pulumi stack output --json` prints them.
type outputs struct {
	Namespace   string `json:"namespace"`
	ExplorerURL string `json:"explorerUrl"`
	ClientsURL  string `json:"clientsUrl"`
	OrdersURL   string `json:"ordersUrl"`
	ProductsURL string `json:"productsUrl"`
	Services    map[string]struct {
		DNSName   string `json:"dnsName"`
		Port      int    `json:"port"`
		ClusterIP string `json:"clusterIP"`
	} `json:"services"`
}

func (c *checkout) outputs() outputs {
	c.t.Helper()
	var o outputs
	if err := json.Unmarshal([]byte(c.run("pulumi stack output --json")), &o); err != nil {
		c.t.Fatal(err)
	}
	return o
}

// pods are the Pods of the demo's namespace: workload name to the UIDs of its running Pods.
func (c *checkout) pods(namespace string) map[string][]string {
	c.t.Helper()
	output := c.run("kubectl get pods --namespace " + namespace +
		` --output jsonpath='{range .items[?(!@.metadata.deletionTimestamp)]}{.metadata.labels.app\.kubernetes\.io/name} {.metadata.uid}{"\n"}{end}'`)
	pods := map[string][]string{}
	for line := range strings.Lines(output) {
		name, uid, _ := strings.Cut(strings.TrimSpace(line), " ")
		pods[name] = append(pods[name], uid)
	}
	return pods
}
