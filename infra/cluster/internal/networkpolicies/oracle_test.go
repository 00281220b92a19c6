package networkpolicies

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// judge reports whether the policies allow a connection, as the API reference describes them. It reads the policies
// again for each connection, and shares no code with State.
func (w *world) judge(from, to *Pod, protocol corev1.Protocol, port int) bool {
	return w.side(from, to, to, networkingv1.PolicyTypeEgress, protocol, port) && w.side(to, from, to, networkingv1.PolicyTypeIngress, protocol, port)
}

func (w *world) side(pod, peer, destination *Pod, direction networkingv1.PolicyType, protocol corev1.Protocol, port int) bool {
	if !pod.Local {
		return true // another node's work
	}
	isolated := false
	for id, policy := range w.policies {
		types := policy.Spec.PolicyTypes
		if len(types) == 0 {
			types = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			if len(policy.Spec.Egress) > 0 {
				types = append(types, networkingv1.PolicyTypeEgress)
			}
		}
		if id.namespace != pod.Namespace || !slices.Contains(types, direction) || !selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = true
		if direction == networkingv1.PolicyTypeIngress {
			for _, rule := range policy.Spec.Ingress {
				if w.peers(id.namespace, rule.From, peer) && allows(rule.Ports, destination, protocol, port) {
					return true
				}
			}
			continue
		}
		for _, rule := range policy.Spec.Egress {
			if w.peers(id.namespace, rule.To, peer) && allows(rule.Ports, destination, protocol, port) {
				return true
			}
		}
	}
	return !isolated
}

func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	converted, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && converted.Matches(set)
}

func (w *world) peers(namespace string, peers []networkingv1.NetworkPolicyPeer, pod *Pod) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil {
			return netip.MustParsePrefix(peer.IPBlock.CIDR).Contains(pod.IP) &&
				!slices.ContainsFunc(peer.IPBlock.Except, func(except string) bool { return netip.MustParsePrefix(except).Contains(pod.IP) })
		}
		if peer.NamespaceSelector == nil && pod.Namespace != namespace {
			return false
		}
		if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, w.namespaces[pod.Namespace]) {
			return false
		}
		return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
	})
}

func allows(ports []networkingv1.NetworkPolicyPort, destination *Pod, protocol corev1.Protocol, number int) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(port networkingv1.NetworkPolicyPort) bool {
		if wanted := port.Protocol; wanted != nil && *wanted != protocol || wanted == nil && protocol != corev1.ProtocolTCP {
			return false
		}
		switch {
		case port.Port == nil:
			return true
		case port.Port.Type == intstr.String:
			return slices.Contains(destination.Ports, Port{protocol, port.Port.StrVal, int32(number)})
		case port.EndPort != nil:
			return int32(number) >= port.Port.IntVal && int32(number) <= *port.EndPort
		}
		return int32(number) == port.Port.IntVal
	})
}
