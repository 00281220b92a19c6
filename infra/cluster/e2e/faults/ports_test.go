//go:build e2e

package faults

import (
	"net/http"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestPublishedPortsAnswerWhenUpReturns(t *testing.T) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 5 {
		clustertest.Cluster(t, "up")
		response, err := client.Get("http://" + layout.RegistryAddress + "/v2/")
		if err != nil {
			t.Fatalf("the registry: %v", err)
		}
		if response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Errorf("the registry returns %s", response.Status)
		}
		if ready := clustertest.Kubectl(t, "get", "--raw", "/readyz"); ready != "ok" {
			t.Errorf("the API server returns %q", ready)
		}
		clustertest.Cluster(t, "down")
	}
}
