// Package apiclient makes clients of the cluster's API server.
package apiclient

import (
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// New returns a client with the server and the credentials of a kubeconfig. It sends requests without a limit: client-go's
// default is 5 requests per second, with which 100 Services take 20 s to get their addresses. The API server has a fair queue
// of its own (API Priority and Fairness), and serves this one machine.
func New(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kubeconfig, err)
	}
	config.QPS = -1 // no limit; 0 is the default of 5
	return kubernetes.NewForConfig(config)
}
