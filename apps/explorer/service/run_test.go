package service_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/service"
)

func TestOutsideAPodTheExplorerReturnsAnError(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	const want = "not in a Pod: the explorer reads the Kubernetes API with its Pod's service account"
	if err := service.Run(t.Context(), contract.Explorer[string]{Topology: `{"nodes":[],"calls":[]}`}); err == nil || err.Error() != want {
		t.Errorf("Run returned %v, want %s", err, want)
	}
}
