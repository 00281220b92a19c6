//go:build e2e

package e2e

import (
	"encoding/json"
)

// outputs are the stack's outputs, as `pulumi stack output --json` prints them.
type outputs struct {
	Namespace   string `json:"namespace"`
	ExplorerURL string `json:"explorerUrl"`
	ClientsURL  string `json:"clientsUrl"`
	OrdersURL   string `json:"ordersUrl"`
	ProductsURL string `json:"productsUrl"`
	// Services holds the URLs inside the cluster.
	Services   map[string]string `json:"services"`
	ClusterIPs map[string]string `json:"clusterIPs"`
}

func (c *checkout) outputs() outputs {
	c.t.Helper()
	var o outputs
	if err := json.Unmarshal([]byte(c.run("pulumi stack output --json")), &o); err != nil {
		c.t.Fatal(err)
	}
	return o
}

// pods returns the UIDs of the Pods in a namespace by workload name, without the Pods that are being deleted.
func (c *checkout) pods(namespace string) map[string][]string {
	c.t.Helper()
	var list struct {
		Items []struct {
			Metadata struct {
				UID               string            `json:"uid"`
				Labels            map[string]string `json:"labels"`
				DeletionTimestamp string            `json:"deletionTimestamp"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(c.run("kubectl get pods --output json --namespace "+namespace)), &list); err != nil {
		c.t.Fatal(err)
	}
	pods := map[string][]string{}
	for _, pod := range list.Items {
		if pod.Metadata.DeletionTimestamp == "" {
			name := pod.Metadata.Labels["app.kubernetes.io/name"]
			pods[name] = append(pods[name], pod.Metadata.UID)
		}
	}
	return pods
}
