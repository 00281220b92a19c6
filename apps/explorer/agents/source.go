package agents

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// Source is a Pod that can be asked to measure.
type Source struct {
	// Kind is that of the node that the Pod belongs to: a service, or the explorer.
	Kind contract.Kind
	Pod  network.Pod
}

// Sources are the Pods of a node that can be asked, by name: those that are ready or, if none is, those that run. A Pod that
// is not ready because its database is away is just the one to say so. Of the explorer it is the own Pod alone, since the
// probe of another cannot be reached from here.
func (a *Agents) Sources(seen network.Network, node contract.Node) []Source {
	if node.Kind != contract.ServiceNode && node.Kind != contract.ExplorerNode {
		return nil
	}
	workload, _ := seen.Workload(node.Workload)
	if node.Kind == contract.ExplorerNode {
		// Also while it is about to go, and another is ready already.
		own := selected(workload.Pods, node.Kind, func(pod network.Pod) bool { return pod.Name == a.own })
		if len(own) > 0 {
			return own
		}
	}
	found := selected(workload.Pods, node.Kind, func(pod network.Pod) bool { return pod.Ready && pod.State != "Terminating" })
	if len(found) == 0 {
		found = selected(workload.Pods, node.Kind, func(pod network.Pod) bool { return pod.State == "Running" })
	}
	if node.Kind == contract.ExplorerNode && len(found) > 1 {
		return found[:1]
	}
	return found
}

func selected(pods []network.Pod, kind contract.Kind, fits func(network.Pod) bool) []Source {
	var found []Source
	for _, pod := range pods {
		if pod.IP != "" && fits(pod) {
			found = append(found, Source{Kind: kind, Pod: pod})
		}
	}
	return found
}
