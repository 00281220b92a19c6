package story

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// kubectl is a command in the demo's namespace.
func (r request) kubectl(format string, arguments ...any) string {
	return kubectl(r.seen.Namespace, format, arguments...)
}

func kubectl(namespace, format string, arguments ...any) string {
	return "kubectl -n " + namespace + " " + fmt.Sprintf(format, arguments...)
}

// ask are commands that have a Pod measure. The apps' images have no shell to run anything in; a port-forward enters the
// Pod's own network, where no policy is in the way.
func (r request) ask(what string) []string {
	return []string{
		r.kubectl("port-forward pod/%s %s", r.source.Pod.Name, r.port),
		fmt.Sprintf("curl -s 'http://localhost:%s%s'   # in another terminal", r.port, what),
	}
}

// databasePod is one whose image has the usual commands, which those of the apps have not; false if there is none.
func databasePod(seen network.Network, topology contract.Topology) (string, bool) {
	for _, node := range topology.Nodes {
		workload, _ := seen.Workload(node.Workload)
		for _, pod := range workload.Pods {
			if node.Kind == contract.DatabaseNode && pod.Ready {
				return pod.Name, true
			}
		}
	}
	return "", false
}

// object is a workload as kubectl takes it, such as deployment/orders.
func object(seen network.Network, name string) string {
	kind := "deployment"
	if workload, found := seen.Workload(name); found {
		kind = strings.ToLower(workload.Kind)
	}
	return kind + "/" + name
}

func portText[T ~uint16 | ~int32 | ~int](port T) string { return strconv.Itoa(int(port)) }
