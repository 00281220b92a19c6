// Package service is the explorer: a web page, and the same as JSON.
package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/server"
)

// probeTimeout is for one measurement, which takes two seconds when nothing answers. It is tried once: a second try would
// measure again.
const probeTimeout = 3 * time.Second

// Run serves the page until ctx ends.
func Run(ctx context.Context, config contract.Explorer[string]) error {
	cluster, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return errors.New("the explorer runs in a Pod only: it reads the Kubernetes API with the Pod's service account")
	} else if err != nil {
		return fmt.Errorf("read the Pod's service account, is its token mounted? %w", err)
	}
	// By its name, like every other peer, where client-go takes the address that the kubelet puts into the environment.
	cluster.Host = config.APIServerURL
	reader, err := network.NewReader(cluster, config.Namespace)
	if err != nil {
		return err
	}
	probe := peer.New("probe", config.ProbeURL).Within(probeTimeout, probeTimeout)
	calls, err := addresses(config.ClientsURL, config.OrdersURL, config.ProductsURL)
	if err != nil {
		return err
	}
	handler, err := Handler(Sources{Network: reader, Probe: probe, Calls: calls})
	if err != nil {
		return err
	}
	return server.Server{Address: ":" + config.Port, Handler: handler}.Run(ctx)
}
