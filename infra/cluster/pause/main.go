// Command pause holds the namespaces of a Pod while its containers come and go.
//
// It is process 1 of the Pod's sandbox container: it reaps nothing, since Pods here do not share a PID namespace, and
// leaves at the first SIGINT or SIGTERM.
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
