// Package demotest provides the healthy demo for tests: the declared topology, the state of the cluster, and Pods that
// measure. A test changes the part that it is about. Start with [NewCluster] and [Pods].
package demotest

import "example.com/kubernetes-networking/apps/contract"

// Namespace is the namespace of the demo.
const Namespace = "demo"

// Topology returns the topology that the Pulumi program declares.
func Topology() contract.Topology {
	service := func(name string) contract.Node {
		return contract.Node{Name: name, Kind: contract.ServiceNode, Workload: name, URL: "http://" + name + ".demo.svc:80", PodPort: 8080}
	}
	database := func(owner string) contract.Node {
		name := owner + "-database"
		return contract.Node{
			Name: name, Kind: contract.DatabaseNode, Workload: name, URL: "postgresql://" + name + ".demo.svc:5432", PodPort: 5432, Owner: owner,
		}
	}
	return contract.Topology{
		Nodes: []contract.Node{
			service("clients"), service("orders"), service("products"),
			database("clients"), database("orders"), database("products"),
			{Name: "explorer", Kind: contract.ExplorerNode, Workload: "explorer", URL: "http://explorer.demo.svc:80", PodPort: 8080},
			{Name: "traces", Kind: contract.CollectorNode, Workload: "explorer", URL: "http://traces.demo.svc:4318", PodPort: 4318},
			{Name: "kubernetes.default.svc", Kind: contract.ExternalNode, URL: "tcp://kubernetes.default.svc:443"},
		},
		Calls: []contract.Call{
			{From: "clients", To: "orders", Variable: "ORDERS_URL"},
			{From: "clients", To: "clients-database", Variable: "DATABASE_HOST"},
			{From: "clients", To: "traces", Variable: "TRACES_URL"},
			{From: "orders", To: "clients", Variable: "CLIENTS_URL"},
			{From: "orders", To: "products", Variable: "PRODUCTS_URL"},
			{From: "orders", To: "orders-database", Variable: "DATABASE_HOST"},
			{From: "orders", To: "traces", Variable: "TRACES_URL"},
			{From: "products", To: "products-database", Variable: "DATABASE_HOST"},
			{From: "products", To: "traces", Variable: "TRACES_URL"},
			{From: "explorer", To: "kubernetes.default.svc", Variable: "API_SERVER_URL"},
			{From: "explorer", To: "clients", Variable: "CLIENTS_URL"},
			{From: "explorer", To: "orders", Variable: "ORDERS_URL"},
			{From: "explorer", To: "products", Variable: "PRODUCTS_URL"},
		},
	}
}
