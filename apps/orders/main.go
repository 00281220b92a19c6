// Command orders is the service that stores the orders.
package main

import (
	"example.com/kubernetes-networking/apps/internal/process"
	"example.com/kubernetes-networking/apps/orders/service"
)

func main() { process.Main(service.Run) }
