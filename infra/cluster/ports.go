package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// portTimeout bounds one request. A ready cluster answers in milliseconds.
const portTimeout = 5 * time.Second

// checkPorts sends one request to each port that the cluster publishes on this machine's loopback, as kubectl and pulumi do.
// The supervisor reports that the components are ready inside; only a request from here covers the way to them.
func checkPorts(ctx context.Context, root layout.Root) error {
	ctx, cancel := context.WithTimeout(ctx, portTimeout)
	defer cancel()
	client, err := apiclient.New(root.Kubeconfig())
	if err != nil {
		return err
	}
	if err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
		return fmt.Errorf("the API server at %s: %w", layout.APIAddress, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+layout.RegistryAddress+"/v2/", nil)
	if err != nil {
		return err
	}
	response, err := direct.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("the registry at %s: %w", layout.RegistryAddress, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry at %s: %s", layout.RegistryAddress, response.Status)
	}
	return nil
}

// direct ignores proxies: the registry is on the loopback.
var direct = &http.Transport{DisableKeepAlives: true}
