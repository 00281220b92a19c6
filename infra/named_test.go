package main

import "strings"

// named replaces {orders}, {orders-database} and so on by the names of these Services in the program.
func named(text string) string {
	return strings.NewReplacer(
		"{clients}", names.clients, "{orders}", names.orders, "{products}", names.products, "{explorer}", names.explorer,
		"{clients-database}", names.clientsDatabase, "{orders-database}", names.ordersDatabase, "{products-database}", names.productsDatabase,
		"{traces}", names.traces, "{pods}", names.pods,
	).Replace(text)
}

// allNamed calls named for each text.
func allNamed(texts []string) []string {
	var replaced []string
	for _, text := range texts {
		replaced = append(replaced, named(text))
	}
	return replaced
}

// owners returns the services by the names of their databases.
func owners() map[string]string {
	return map[string]string{
		names.clientsDatabase: names.clients, names.ordersDatabase: names.orders, names.productsDatabase: names.products,
	}
}
