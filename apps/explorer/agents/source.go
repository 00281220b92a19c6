package agents

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// Source is a Pod that can measure.
type Source struct {
	// Kind is the kind of the Pod's node: a service, or the explorer.
	Kind contract.Kind
	Pod  network.Pod
}

// Sources returns the Pods of a node that can measure, sorted by name: the ready Pods or, if none is ready, the running
// ones. A Pod that is not ready because its database is down can still measure that. For the explorer, Sources returns
// only this Pod: the probe of another Pod is not reachable.
func (a *Agents) Sources(seen network.Network, node contract.Node) []Source {
	if node.Kind != contract.ServiceNode && node.Kind != contract.ExplorerNode {
		return nil
	}
	workload, _ := seen.Workload(node.Workload)
	if node.Kind == contract.ExplorerNode {
		// Even while this Pod terminates and its successor is ready.
		own := filter(workload.Pods, node.Kind, func(pod network.Pod) bool { return pod.Name == a.own })
		if len(own) > 0 {
			return own
		}
	}
	found := filter(workload.Pods, node.Kind,
		func(pod network.Pod) bool { return pod.Ready && pod.State != "Terminating" })
	if len(found) == 0 {
		found = filter(workload.Pods, node.Kind, func(pod network.Pod) bool { return pod.State == "Running" })
	}
	if node.Kind == contract.ExplorerNode && len(found) > 1 {
		return found[:1]
	}
	return found
}

func filter(pods []network.Pod, kind contract.Kind, keep func(network.Pod) bool) []Source {
	var found []Source
	for _, pod := range pods {
		if pod.IP != "" && keep(pod) {
			found = append(found, Source{Kind: kind, Pod: pod})
		}
	}
	return found
}
