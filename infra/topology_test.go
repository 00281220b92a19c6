package main

import (
	"reflect"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
)

// topologyOf returns the topology in the explorer's environment.
func topologyOf(t *testing.T, stack config.Config) contract.Topology {
	t.Helper()
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	topology, err := contract.ParseTopology(engine.environment(t, deploymentType, names.explorer, 0)["TOPOLOGY"])
	if err != nil {
		t.Fatal(err)
	}
	return topology
}

func TestExplorerGetsTheTopology(t *testing.T) {
	service := func(name string) contract.Node {
		return contract.Node{Name: name, Kind: contract.ServiceNode, Workload: name, URL: "http://" + name + ".shop.svc:80", PodPort: 8080}
	}
	database := func(name, owner string) contract.Node {
		return contract.Node{
			Name: name, Kind: contract.DatabaseNode, Workload: name, URL: "postgresql://" + name + ".shop.svc:5432", PodPort: 5432, Owner: owner,
		}
	}
	want := contract.Topology{
		Nodes: []contract.Node{
			service(names.clients), service(names.orders), service(names.products), database(names.clientsDatabase, names.clients), database(names.ordersDatabase, names.orders), database(names.productsDatabase, names.products),
			{Name: names.explorer, Kind: contract.ExplorerNode, Workload: names.explorer, URL: named("http://{explorer}.shop.svc:80"), PodPort: 8080},
			{Name: names.traces, Kind: contract.CollectorNode, Workload: names.explorer, URL: named("http://{traces}.shop.svc:4318"), PodPort: 4318},
			{Name: "collector", Kind: contract.ExternalNode, URL: "tcp://collector:4318"},
			{Name: "kubernetes.default.svc", Kind: contract.ExternalNode, URL: "tcp://kubernetes.default.svc:443"},
		},
		Calls: []contract.Call{
			{From: names.clients, To: names.orders, Variable: "ORDERS_URL"},
			{From: names.clients, To: names.clientsDatabase, Variable: "DATABASE_HOST"},
			{From: names.clients, To: names.traces, Variable: "TRACES_URL"},
			{From: names.clients, To: "collector", Variable: "OTEL_EXPORTER_OTLP_ENDPOINT"},
			{From: names.orders, To: names.clients, Variable: "CLIENTS_URL"},
			{From: names.orders, To: names.products, Variable: "PRODUCTS_URL"},
			{From: names.orders, To: names.ordersDatabase, Variable: "DATABASE_HOST"},
			{From: names.orders, To: names.traces, Variable: "TRACES_URL"},
			{From: names.orders, To: "collector", Variable: "OTEL_EXPORTER_OTLP_ENDPOINT"},
			{From: names.products, To: names.productsDatabase, Variable: "DATABASE_HOST"},
			{From: names.products, To: names.traces, Variable: "TRACES_URL"},
			{From: names.products, To: "collector", Variable: "OTEL_EXPORTER_OTLP_ENDPOINT"},
			{From: names.explorer, To: "kubernetes.default.svc", Variable: "API_SERVER_URL"},
			{From: names.explorer, To: names.clients, Variable: "CLIENTS_URL"},
			{From: names.explorer, To: names.orders, Variable: "ORDERS_URL"},
			{From: names.explorer, To: names.products, Variable: "PRODUCTS_URL"},
		},
	}
	if got := topologyOf(t, testStack()); !reflect.DeepEqual(got, want) {
		t.Errorf("the topology is\n%+v\nwant\n%+v", got, want)
	}
}

// TestEachServerOutsideIsOneNode: two services may have their databases on one server, and one host may have two
// servers.
func TestEachServerOutsideIsOneNode(t *testing.T) {
	topology := topologyOf(t, externalStack(t, map[string]string{
		"clientsDatabaseDsn":  "postgres://app:s3cretword-1@db.data.svc/clients?sslmode=disable",
		"productsDatabaseDsn": "postgres://app:s3cretword-3@db.data.svc:5433/products?sslmode=disable",
	}))
	var servers []contract.Node
	for _, node := range topology.Nodes {
		if node.Kind == contract.ExternalNode && node.Name != "kubernetes.default.svc" {
			servers = append(servers, node)
		}
	}
	want := []contract.Node{
		{Name: "db.data.svc", Kind: contract.ExternalNode, URL: "postgresql://db.data.svc:5432"},
		{Name: "db.data.svc:5433", Kind: contract.ExternalNode, URL: "postgresql://db.data.svc:5433"},
	}
	if !reflect.DeepEqual(servers, want) {
		t.Errorf("the servers outside are %+v, want %+v", servers, want)
	}
	for from, to := range map[string]string{names.clients: "db.data.svc", names.orders: "db.data.svc", names.products: "db.data.svc:5433"} {
		if !topology.Declared(from, to) {
			t.Errorf("the topology has no call from %s to %s", from, to)
		}
	}
}
