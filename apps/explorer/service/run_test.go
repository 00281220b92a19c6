package service_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/service"
)

func TestOutsideOfAClusterTheExplorerSaysWhereItRuns(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	const want = "the explorer runs in a Pod only: it reads the Kubernetes API with the Pod's service account"
	if err := service.Run(t.Context(), contract.Explorer[string]{Topology: `{"nodes":[],"calls":[]}`}); err == nil || err.Error() != want {
		t.Errorf("it ends with %v, want %s", err, want)
	}
}
