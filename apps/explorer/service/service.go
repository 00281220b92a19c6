// Package service is the explorer's web server: pages that show the network live, and the same facts as JSON. The
// program explorer runs it.
//
// Start with [Run] for the wiring and [Handler] for the routes. live.go and streams.go push the map to open pages; page
// holds the templates, the style sheet and the script.
package service

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prover"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/server"
)

// Run serves the pages, receives the services' traces, and measures the declared calls until ctx ends.
func Run(ctx context.Context, config contract.Explorer[string]) error {
	topology, err := contract.ParseTopology(config.Topology)
	if err != nil {
		return err
	}
	cluster, err := watch(ctx, config)
	if err != nil {
		return err
	}
	pods := agents.New(peer.New(contract.ProbeName, config.ProbeURL), config.ProbePort)
	observer := calls.NewObserver(topology, cluster, pods)
	store := traces.NewStore(topology)
	handler, err := Handler(ctx, Dependencies{
		Topology: topology,
		Cluster:  cluster,
		Observer: observer,
		Prover:   prover.New(topology, cluster, pods),
		Stories:  story.New(topology, cluster, pods),
		Traces:   store,
		Buyer:    traces.NewBuyer(config.ClientsURL, config.OrdersURL, config.ProductsURL, store),
	})
	if err != nil {
		return err
	}
	return server.Server{
		Address: ":" + config.Port,
		Handler: handler,
		Work: func(ctx context.Context) error {
			work, ctx := errgroup.WithContext(ctx)
			work.Go(func() error { return observer.Run(ctx) })
			work.Go(func() error {
				return server.Server{Address: ":" + config.TracesPort, Handler: store.Handler()}.Run(ctx)
			})
			return work.Wait()
		},
	}.Run(ctx)
}

// watch watches the explorer's namespace with the Pod's own service account.
func watch(ctx context.Context, config contract.Explorer[string]) (*network.Watcher, error) {
	cluster, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, errors.New("not in a Pod: the explorer reads the Kubernetes API with its Pod's service account")
	} else if err != nil {
		return nil, fmt.Errorf("read the Pod's service account (is its token mounted?): %w", err)
	}
	// Use the name, as for all other peers, instead of the address that the kubelet sets in the environment.
	cluster.Host = config.APIServerURL
	return network.Watch(ctx, cluster, config.Namespace)
}
