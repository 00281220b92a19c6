package loadbalancer

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/utils/ptr"
)

// nodes selects nodes from the caches of Nodes and EndpointSlices.
type nodes struct {
	nodes  corelisters.NodeLister
	slices discoverylisters.EndpointSliceLister
}

// all returns the nodes that have an address, sorted by name.
func (n *nodes) all() []*corev1.Node {
	all, _ := n.nodes.List(labels.Everything()) // a lister of a cache returns no error
	all = slices.DeleteFunc(slices.Clone(all), func(node *corev1.Node) bool { return !internalIP(node).IsValid() })
	slices.SortFunc(all, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// healthy returns the nodes that may receive traffic, by the rules of Kubernetes' service controller.
func (n *nodes) healthy() []*corev1.Node {
	return slices.DeleteFunc(n.all(), func(node *corev1.Node) bool {
		_, excluded := node.Labels[corev1.LabelNodeExcludeBalancers]
		return excluded || node.DeletionTimestamp != nil || !ready(node)
	})
}

// serving returns the healthy nodes with a ready endpoint of the Service. If there is none, it returns those with an
// endpoint that still serves while it terminates, as kube-proxy does.
func (n *nodes) serving(service *corev1.Service) []*corev1.Node {
	endpointSlices, _ := n.slices.EndpointSlices(service.Namespace).List( // a lister of a cache returns no error
		labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name}))
	isReady, terminating := map[string]bool{}, map[string]bool{}
	for _, slice := range endpointSlices {
		for _, endpoint := range slice.Endpoints {
			name, conditions := ptr.Deref(endpoint.NodeName, ""), endpoint.Conditions
			if ptr.Deref(conditions.Ready, true) {
				isReady[name] = true
			} else if ptr.Deref(conditions.Serving, false) && ptr.Deref(conditions.Terminating, false) {
				terminating[name] = true
			}
		}
	}
	healthy := n.healthy()
	for _, candidates := range []map[string]bool{isReady, terminating} {
		with := slices.DeleteFunc(slices.Clone(healthy), func(node *corev1.Node) bool { return !candidates[node.Name] })
		if len(with) > 0 {
			return with
		}
	}
	return nil
}

func ready(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(condition corev1.NodeCondition) bool {
		return condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue
	})
}

// internalIP returns the IPv4 address of a node inside the cluster, or the zero Addr.
func internalIP(node *corev1.Node) netip.Addr {
	for _, address := range node.Status.Addresses {
		if ip, err := netip.ParseAddr(address.Address); address.Type == corev1.NodeInternalIP && err == nil && ip.Is4() {
			return ip
		}
	}
	return netip.Addr{}
}
