// Command products is the service that stores the products.
package main

import (
	"example.com/kubernetes-networking/apps/internal/process"
	"example.com/kubernetes-networking/apps/products/service"
)

func main() { process.Main(service.Run) }
