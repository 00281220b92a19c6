package policy

import (
	"cmp"
	"net/netip"
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// connection is a connection for which rules are evaluated.
type connection struct {
	namespace string // the namespace of the policies
	to        Peer
	protocol  core.Protocol
	port      int32
}

func (c connection) allowedOut(policy networking.NetworkPolicy, to Peer) bool {
	return slices.ContainsFunc(policy.Spec.Egress, func(rule networking.NetworkPolicyEgressRule) bool {
		return c.opens(rule.To, to, rule.Ports)
	})
}

func (c connection) allowedIn(policy networking.NetworkPolicy, from Peer) bool {
	return slices.ContainsFunc(policy.Spec.Ingress, func(rule networking.NetworkPolicyIngressRule) bool {
		return c.opens(rule.From, from, rule.Ports)
	})
}

// opens reports whether a rule matches both the other end and the port. An empty list matches everything.
func (c connection) opens(peers []networking.NetworkPolicyPeer, other Peer, ports []networking.NetworkPolicyPort) bool {
	return (len(peers) == 0 ||
		slices.ContainsFunc(peers, func(peer networking.NetworkPolicyPeer) bool { return c.isPeer(peer, other) })) &&
		(len(ports) == 0 || slices.ContainsFunc(ports, c.isPort))
}

func (c connection) isPeer(peer networking.NetworkPolicyPeer, other Peer) bool {
	switch {
	case peer.IPBlock != nil:
		return contains(peer.IPBlock, other.IP)
	case other.External:
		return false
	case peer.NamespaceSelector != nil:
		// The API server adds this label to every namespace. Other labels of namespaces are unknown here.
		namespace := map[string]string{core.LabelMetadataName: other.Namespace}
		return matches(peer.NamespaceSelector, namespace) &&
			(peer.PodSelector == nil || matches(peer.PodSelector, other.Labels))
	default:
		return peer.PodSelector != nil && other.Namespace == c.namespace && matches(peer.PodSelector, other.Labels)
	}
}

// isPort reports whether a rule's port matches the connection. In both directions, a named port is a port of the
// destination Pod.
func (c connection) isPort(port networking.NetworkPolicyPort) bool {
	protocol := core.ProtocolTCP
	if port.Protocol != nil {
		protocol = *port.Protocol
	}
	switch {
	case protocol != cmp.Or(c.protocol, core.ProtocolTCP):
		return false
	case port.Port == nil:
		return true
	case port.Port.Type == intstr.String:
		number, declared := c.to.Ports[port.Port.StrVal]
		return declared && number == c.port
	case port.EndPort != nil:
		return port.Port.IntVal <= c.port && c.port <= *port.EndPort
	default:
		return port.Port.IntVal == c.port
	}
}

// contains reports whether a block contains an address. Network plugins differ in whether a block also applies to Pods.
// Here it does, as in kube-router and in the Kubernetes documentation ("particular IP CIDR ranges").
func contains(block *networking.IPBlock, ip string) bool {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	within := func(cidr string) bool {
		prefix, err := netip.ParsePrefix(cidr)
		return err == nil && prefix.Contains(address)
	}
	return within(block.CIDR) && !slices.ContainsFunc(block.Except, within)
}

// matches reports whether a selector matches labels. An empty selector matches everything.
func matches(selector *meta.LabelSelector, set map[string]string) bool {
	compiled, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(set)) // the API server rejects invalid selectors
}
