// Package apiclient connects to the cluster's API server. The components of this program, `cluster up` and the tests
// use it.
package apiclient

import (
	"context"
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// Rates at which a component of Kubernetes sends requests to the API server, in requests per second. The defaults, 5 to
// 50, suit clusters with hundreds of nodes: with 20, the tokens of the controller manager's controllers take 4 s of the
// first 12 s of a new cluster.
const (
	QPS   = 200 // on average
	Burst = 300 // at most
)

// New returns a client with the server and the credentials of a kubeconfig. It does not limit its requests: with
// client-go's default of 5 requests per second, 100 Services take 20 s to get their addresses. The API server has its
// own fair queue (API Priority and Fairness), and serves this one machine.
func New(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kubeconfig, err)
	}
	config.QPS = -1 // no limit; 0 is the default of 5
	return kubernetes.NewForConfig(config)
}

// Ready returns a probe that succeeds when the API server is ready.
func Ready(client kubernetes.Interface) supervisor.Probe {
	return supervisor.Probe{Name: "the API server's /readyz answers 200", Check: func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}}
}
