// Command infra is the Pulumi program of the demo: the picture at the top of the README, in Go.
package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/env"
)

func main() { run(demo) }

// demo declares everything in two steps, because clients and orders call each other: first all that can be called,
// then who calls whom. It returns the stack's outputs.
func demo(in *parts) (pulumi.Map, error) {
	// Every service and every database has a Service, whose name cluster DNS turns into an address.
	clients, orders, products := in.service(names.clients), in.service(names.orders), in.service(names.products)
	clientsDatabase := in.database(names.clientsDatabase, clients, in.stack.ClientsDatabase)
	ordersDatabase := in.database(names.ordersDatabase, orders, in.stack.OrdersDatabase)
	productsDatabase := in.database(names.productsDatabase, products, in.stack.ProductsDatabase)
	// Two containers in one Pod: the explorer, and the probe that it asks over localhost.
	explorer := in.sidecarPod(names.explorer, names.traces)
	if in.failed != nil {
		return nil, in.failed
	}

	// Who calls whom. It is said here and nowhere else: network policies and the map are made of it, too.
	if err := errors.Join(
		clients.Run(in.ctx, contract.Clients[env.Value]{
			Port:      clients.Port(),
			OrdersURL: orders.URL(),
			Database:  clientsDatabase.Connection(),
			Telemetry: in.telemetry(explorer),
			Measure:   in.measure(),
		}),
		orders.Run(in.ctx, contract.Orders[env.Value]{
			Port:        orders.Port(),
			ClientsURL:  clients.URL(),
			ProductsURL: products.URL(),
			Database:    ordersDatabase.Connection(),
			Telemetry:   in.telemetry(explorer),
			Measure:     in.measure(),
		}),
		products.Run(in.ctx, contract.Products[env.Value]{
			Port:          products.Port(),
			Database:      productsDatabase.Connection(),
			Telemetry:     in.telemetry(explorer),
			Measure:       in.measure(),
			ResponseDelay: in.responseDelay(),
		}),
		explorer.Run(in.ctx, contract.Explorer[env.Value]{
			Port:         explorer.Port(),
			Namespace:    in.namespaceName(),
			ProbeURL:     explorer.ProbeURL(),
			APIServerURL: in.apiServerURL(),
			ClientsURL:   clients.URL(),
			OrdersURL:    orders.URL(),
			ProductsURL:  products.URL(),
			TracesPort:   explorer.TracesPort(), MeasurePort: measurePort(),
			Topology: in.topology(),
		}, contract.Probe[env.Value]{Port: explorer.ProbePort(), Reach: in.reach()}),
		in.namespace.Isolate(in.ctx, in.network),
	); err != nil {
		return nil, err
	}

	explorerURL := in.externalURL(explorer.Endpoint)
	return pulumi.Map{
		"explorerUrl":   explorerURL,
		"clientsUrl":    in.externalURL(clients.Endpoint),
		"ordersUrl":     in.externalURL(orders.Endpoint),
		"productsUrl":   in.externalURL(products.Endpoint),
		"reachableFrom": in.reachableFrom(explorerURL),
		"namespace":     in.namespace.Name,
		"services":      in.services,
		"clusterIPs":    in.clusterIPs,
		"calls":         in.network.Summary(),
		"lab":           in.lab(),
	}, nil
}
