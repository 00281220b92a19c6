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

// nodes answers which nodes there are, and which of them serve, from what the API said last.
type nodes struct {
	nodes  corelisters.NodeLister
	slices discoverylisters.EndpointSliceLister
}

// all are the nodes that have an address, by name.
func (n *nodes) all() []*corev1.Node {
	all, _ := n.nodes.List(labels.Everything()) // a cache has no errors
	all = slices.DeleteFunc(slices.Clone(all), func(node *corev1.Node) bool { return !internalIP(node).IsValid() })
	slices.SortFunc(all, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// healthy are the nodes that may be sent traffic, by the rules of Kubernetes' own service controller.
func (n *nodes) healthy() []*corev1.Node {
	return slices.DeleteFunc(n.all(), func(node *corev1.Node) bool {
		_, excluded := node.Labels[corev1.LabelNodeExcludeBalancers]
		return excluded || node.DeletionTimestamp != nil || !ready(node)
	})
}

// serving are the healthy nodes with an endpoint of the Service that is ready or, where there is none, with one that
// still serves while it terminates: kube-proxy sends to the same.
func (n *nodes) serving(service *corev1.Service) []*corev1.Node {
	endpointSlices, _ := n.slices.EndpointSlices(service.Namespace).List( // a cache has no errors
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
	for _, has := range []map[string]bool{isReady, terminating} {
		with := slices.DeleteFunc(slices.Clone(healthy), func(node *corev1.Node) bool { return !has[node.Name] })
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

// internalIP is the address of a node inside the cluster, or the zero Addr.
func internalIP(node *corev1.Node) netip.Addr {
	for _, address := range node.Status.Addresses {
		if ip, err := netip.ParseAddr(address.Address); address.Type == corev1.NodeInternalIP && err == nil && ip.Is4() {
			return ip
		}
	}
	return netip.Addr{}
}
