// Command infra is the Pulumi program of the demo: the picture at the top of the README, in Go.
package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/namespace"
)

func main() { run(demo) }

// demo declares everything in two steps, because clients and orders call each other: first all that can be called,
// then who calls whom. It returns the stack's outputs.
func demo(ctx *pulumi.Context, stack config.Config, builder image.Builder) (pulumi.Map, error) {
	ns, err := namespace.New(ctx, stack.Namespace, namespace.Args{Kubeconfig: stack.Kubeconfig, Context: stack.Context})
	if err != nil {
		return nil, err
	}
	in := &parts{ctx: ctx, stack: stack, builder: builder, namespace: ns}

	// Every service and every database has a Service, whose name cluster DNS turns into an address.
	clients, orders, products := in.service("clients"), in.service("orders"), in.service("products")
	clientsDatabase := in.database("clients-database", "clients")
	ordersDatabase := in.database("orders-database", "orders")
	productsDatabase := in.database("products-database", "products")
	// Two containers in one Pod: the explorer, and the probe that it asks over localhost.
	explorer := in.sidecarPod("explorer")
	if in.failed != nil {
		return nil, in.failed
	}

	// Who calls whom. It is said here and nowhere else.
	if err := errors.Join(
		clients.Run(ctx, contract.Clients[env.Value]{
			Port:      clients.Port(),
			OrdersURL: orders.URL(),
			Database:  clientsDatabase.Connection(),
			Telemetry: in.telemetry(),
		}),
		orders.Run(ctx, contract.Orders[env.Value]{
			Port:        orders.Port(),
			ClientsURL:  clients.URL(),
			ProductsURL: products.URL(),
			Database:    ordersDatabase.Connection(),
			Telemetry:   in.telemetry(),
		}),
		products.Run(ctx, contract.Products[env.Value]{
			Port:      products.Port(),
			Database:  productsDatabase.Connection(),
			Telemetry: in.telemetry(),
		}),
	); err != nil {
		return nil, err
	}

	return pulumi.Map{
		"namespace":   ns.Name,
		"explorerUrl": explorer.Endpoint.ExternalURL(),
		"clientsUrl":  clients.Endpoint.ExternalURL(),
		"ordersUrl":   orders.Endpoint.ExternalURL(),
		"productsUrl": products.Endpoint.ExternalURL(),
		"services":    in.services,
	}, nil
}
