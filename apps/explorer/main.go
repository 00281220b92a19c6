// Command explorer is the web page that shows the network of the demo, live.
package main

import (
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/internal/process"
)

func main() { process.Main(service.Run) }
