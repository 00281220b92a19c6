package main

// names are those of the Services: cluster DNS serves them, and people type them. They stand here and nowhere else.
// Every variable, policy and output that depends on a name takes it from the Service itself. A database with another name
// is another database: the next update deletes the old one with its data, and asks for permission before.
var names = struct {
	clients, orders, products, explorer               string
	clientsDatabase, ordersDatabase, productsDatabase string
	// traces leads to the explorer as well; pods to all Pods, so that each can be measured.
	traces, pods string
}{
	clients: "clients", orders: "orders", products: "products", explorer: "explorer",
	clientsDatabase: "clients-database", ordersDatabase: "orders-database", productsDatabase: "products-database",
	traces: "traces", pods: "pods",
}
