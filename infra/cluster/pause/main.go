// Command pause keeps the namespaces of a Pod alive while its containers start and stop. It is the only process of the
// Pod's sandbox container.
//
// It exits at the first SIGINT or SIGTERM. It does not reap processes, because Pods here do not share a PID namespace.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}
