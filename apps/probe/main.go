// Command probe is the sidecar of the explorer that measures connections on request. It listens on 127.0.0.1 only, so only
// the containers of its Pod can reach it.
//
// The command "probe health" exits with 0 if the running probe responds. It is for the kubelet's exec probes, because the
// kubelet is outside the Pod and cannot reach 127.0.0.1 inside it.
package main

import (
	"os"

	"example.com/kubernetes-networking/apps/internal/process"
	"example.com/kubernetes-networking/apps/probe/service"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "health" {
		process.Main(service.Health)
		return
	}
	process.Main(service.Run)
}
