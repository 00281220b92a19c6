package main

// names are those of the Services: cluster DNS serves them, and people type them. They stand here and nowhere else.
// Every variable, policy and output that depends on a name takes it from the Service itself.
var names = struct {
	clients, orders, products, explorer               string
	clientsDatabase, ordersDatabase, productsDatabase string
}{
	clients: "clients", orders: "orders", products: "products", explorer: "explorer",
	clientsDatabase: "clients-database", ordersDatabase: "orders-database", productsDatabase: "products-database",
}
