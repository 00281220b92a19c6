package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// portTimeout bounds the requests of checkPorts. A ready cluster answers in milliseconds.
const portTimeout = 5 * time.Second

// checkPorts sends one request to each port that the cluster publishes on this machine's loopback. The supervisor
// checks the components from inside the cluster; only a request from here, like those of kubectl and pulumi, also tests
// the forwarding.
func checkPorts(ctx context.Context, root layout.Root) error {
	ctx, cancel := context.WithTimeout(ctx, portTimeout)
	defer cancel()
	client, err := apiclient.New(root.Kubeconfig())
	if err != nil {
		return err
	}
	if err := apiclient.Ready(client).Check(ctx); err != nil {
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

// direct ignores proxies, because the registry is on the loopback.
var direct = &http.Transport{DisableKeepAlives: true}
