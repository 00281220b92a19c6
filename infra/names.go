package main

import "example.com/kubernetes-networking/apps/contract"

// names are the names of the Services. People type them, and cluster DNS serves them. They are declared only here and, for
// the apps, in the contract: every variable, policy and output reads a name from the Service itself. Renaming a database
// creates another one: the next update deletes the old one with its data, if deleteDatabases allows it.
var names = struct {
	clients, orders, products, explorer               string
	clientsDatabase, ordersDatabase, productsDatabase string
	// traces is the explorer's second Service. pods is a Service for all Pods, so that each can be measured.
	traces, pods string
}{
	clients: contract.ClientsName, orders: contract.OrdersName, products: contract.ProductsName, explorer: contract.ExplorerName,
	clientsDatabase: "clients-database", ordersDatabase: "orders-database", productsDatabase: "products-database",
	traces: "traces", pods: "pods",
}
