// Command probe is the sidecar that measures connections on request. It listens on 127.0.0.1 only, so nothing but the
// containers of its own Pod can ask it.
//
// `probe health` exits with 0 if the probe that runs beside it answers: a kubelet's exec probe, because the kubelet
// itself is outside of the Pod and cannot reach 127.0.0.1 in it.
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
