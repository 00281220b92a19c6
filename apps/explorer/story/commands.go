package story

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// kubectl returns a command in the demo's namespace. Arguments with braces, brackets or question marks must be quoted: zsh takes
// them for patterns.
func (r request) kubectl(format string, arguments ...any) Command {
	return Command{Text: "kubectl -n " + r.seen.Namespace + " " + fmt.Sprintf(format, arguments...)}
}

func (c Command) noted(note string) Command { return Command{c.Text, note} }

// ask returns the command that has a Pod measure. The apps' images have no shell to run anything in. A port-forward enters the
// Pod's own network, where no policy is in the way; curl waits until it is open.
func (r request) ask(what string) []Command {
	forward := r.kubectl("port-forward pod/%s %s", r.source.Pod.Name, r.port)
	return []Command{{
		Text: fmt.Sprintf("(%s >/dev/null & curl -sS --retry 20 --retry-delay 1 --retry-connrefused 'http://localhost:%s%s'; kill $!; echo)",
			forward.Text, r.port, what),
		Note: "The Pod itself measures, through a port-forward that ends with the command:",
	}}
}

// databasePod returns a Pod whose image has the usual commands. The apps' images have none.
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
