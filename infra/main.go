// Command infra is the Pulumi program of the demo: the picture at the top of the README, in Go.
package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/topology"
)

func main() { run(demo) }

// demo declares the demo and returns the stack's outputs. The Services come first, because clients and orders call each
// other: their environments need the addresses of both. The Deployments come last.
func demo(d *Demo) (pulumi.Map, error) {
	clients, orders, products := d.service(names.clients), d.service(names.orders), d.service(names.products)
	clientsDatabase := d.database(names.clientsDatabase, clients, d.stack.ClientsDatabase)
	ordersDatabase := d.database(names.ordersDatabase, orders, d.stack.OrdersDatabase)
	productsDatabase := d.database(names.productsDatabase, products, d.stack.ProductsDatabase)
	// One Pod with two containers: the explorer, and the probe that it calls over localhost.
	explorer := d.sidecarPod(names.explorer, names.traces)
	if d.failed != nil {
		return nil, d.failed
	}

	// The calls: an app calls the peers whose addresses are in its environment. Declared only here: the network
	// policies, the explorer's map and the output "calls" are derived from it.
	clientsEnv := contract.Clients[env.Value]{
		Port:      clients.Port(),
		OrdersURL: orders.URL(),
		Database:  clientsDatabase.Connection(),
		Telemetry: d.telemetry(explorer), Probe: d.probe(),
	}
	ordersEnv := contract.Orders[env.Value]{
		Port:       orders.Port(),
		ClientsURL: clients.URL(), ProductsURL: products.URL(),
		Database:  ordersDatabase.Connection(),
		Telemetry: d.telemetry(explorer), Probe: d.probe(),
	}
	productsEnv := contract.Products[env.Value]{
		Port:      products.Port(),
		Database:  productsDatabase.Connection(),
		Telemetry: d.telemetry(explorer), Probe: d.probe(), ResponseDelay: d.responseDelay(),
	}
	explorerEnv := contract.Explorer[env.Value]{
		Port: explorer.Port(), TracesPort: explorer.TracesPort(), ProbePort: probePort(),
		ClientsURL: clients.URL(), OrdersURL: orders.URL(), ProductsURL: products.URL(),
		ProbeURL: explorer.ProbeURL(), APIServerURL: d.apiServerURL(), Namespace: d.namespaceName(),
	}
	probeEnv := contract.Probe[env.Value]{Port: explorer.ProbePort(), Allowlist: d.allowlist()}
	calls, err := topology.Of(d.workloads(),
		clients.Calls(clientsEnv), orders.Calls(ordersEnv), products.Calls(productsEnv), explorer.Calls(explorerEnv))
	if err != nil {
		return nil, err
	}
	explorerEnv.Topology = env.Text(calls.JSON())

	err = errors.Join(d.isolate(calls), clients.Deploy(d.ctx, clientsEnv), orders.Deploy(d.ctx, ordersEnv),
		products.Deploy(d.ctx, productsEnv), explorer.Deploy(d.ctx, explorerEnv, probeEnv))
	if err != nil {
		return nil, err
	}
	explorerURL := d.externalURL(explorer.Endpoint)
	return pulumi.Map{
		"explorerUrl":   explorerURL,
		"clientsUrl":    d.externalURL(clients.Endpoint),
		"ordersUrl":     d.externalURL(orders.Endpoint),
		"productsUrl":   d.externalURL(products.Endpoint),
		"reachableFrom": d.reachableFrom(explorerURL),
		"namespace":     d.namespace.Name,
		"services":      d.serviceURLs(),
		"clusterIPs":    d.clusterIPs(),
		"calls":         calls.Summary(),
		"lab":           d.lab(),
	}, nil
}
