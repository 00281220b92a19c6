// Command clients is the service that stores the clients.
package main

import (
	"example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/process"
)

func main() { process.Main(service.Run) }
