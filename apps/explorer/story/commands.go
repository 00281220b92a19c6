package story

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// kubectl returns a command in the demo's namespace. Arguments with braces, brackets or question marks must be quoted,
// because zsh expands them as patterns.
func (r request) kubectl(format string, arguments ...any) Command {
	return Command{Text: "kubectl -n " + r.seen.Namespace + " " + fmt.Sprintf(format, arguments...)}
}

func (c Command) noted(note string) Command { return Command{c.Text, note} }

// measureCommand returns the command that measures from inside the Pod. The apps' images have no shell, so the command
// sends the request through a port-forward, to which policies do not apply. curl retries until the port is open.
func (r request) measureCommand(path string) []Command {
	forward := r.kubectl("port-forward pod/%s %s", r.source.Pod.Name, r.port)
	return []Command{{
		Text: fmt.Sprintf("(%s >/dev/null & curl -sS --retry 20 --retry-delay 1 --retry-connrefused "+
			"'http://localhost:%s%s'; kill $!; echo)",
			forward.Text, r.port, path),
		Note: "This measures from inside the Pod, through a temporary port-forward:",
	}}
}

// databasePod returns a ready Pod of a database. Its image has a shell and the usual commands, unlike the apps' images.
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

// object returns the kubectl argument of a workload, such as deployment/orders.
func object(seen network.Network, name string) string {
	kind := "deployment"
	if workload, found := seen.Workload(name); found {
		kind = strings.ToLower(workload.Kind)
	}
	return kind + "/" + name
}

func portText[T ~uint16 | ~int32 | ~int](port T) string { return strconv.Itoa(int(port)) }
