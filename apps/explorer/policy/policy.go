// Package policy evaluates the NetworkPolicies of a namespace. It reports whether their rules allow a connection, and
// which policies deny it. Packages diagnosis and story use it. Start with [Check].
//
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
package policy

import (
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

// Peer is one end of a connection.
type Peer struct {
	// Labels are the labels of the Pod.
	Labels map[string]string
	// IP is empty if it is unknown. Then no ipBlock matches.
	IP string
	// Namespace is the namespace of the Pod; empty for the namespace of the policies.
	Namespace string
	// External marks a peer that is not a Pod. Only its IP counts.
	External bool
	// Ports are the ports that the Pod's containers declare, by name.
	Ports map[string]int32
}

// Finding is the result of evaluating the policies for a connection.
type Finding struct {
	Allowed bool
	// Direction is the denied direction: egress, which is checked first, or ingress; empty if the connection is allowed.
	Direction string
	// Policies are the sorted names of the policies that select the Pod in that direction. None of them allows the
	// connection. A matching rule in any of them would.
	Policies []string
}

// The directions of a Finding.
const (
	Egress  = "egress"
	Ingress = "ingress"
)

// Check reports whether the policies of a namespace allow from to connect to a port of to. The port is the port of the
// Pod, not of the Service: policies apply after kube-proxy has replaced the Service's address and port with the Pod's.
// Policies of other namespaces are unknown, and assumed to allow the connection.
func Check(policies []networking.NetworkPolicy, namespace string, from, to Peer, protocol core.Protocol, port int32) Finding {
	from, to = from.in(namespace), to.in(namespace)
	if from.IP != "" && from.IP == to.IP && !from.External && !to.External {
		return Finding{Allowed: true} // policies do not apply to a Pod's connections to itself
	}
	connection := connection{namespace: namespace, to: to, protocol: protocol, port: port}
	if selecting := selecting(policies, namespace, from, networking.PolicyTypeEgress); len(selecting) > 0 {
		if !slices.ContainsFunc(selecting,
			func(policy networking.NetworkPolicy) bool { return connection.allowedOut(policy, to) }) {
			return Finding{Direction: Egress, Policies: names(selecting)}
		}
	}
	if selecting := selecting(policies, namespace, to, networking.PolicyTypeIngress); len(selecting) > 0 {
		if !slices.ContainsFunc(selecting,
			func(policy networking.NetworkPolicy) bool { return connection.allowedIn(policy, from) }) {
			return Finding{Direction: Ingress, Policies: names(selecting)}
		}
	}
	return Finding{Allowed: true}
}

// CheckDNS reports whether the policies allow a Pod to send queries to the cluster's DNS server. CoreDNS has the label
// of its predecessor kube-dns if it is installed from Kubernetes' own manifests.
func CheckDNS(policies []networking.NetworkPolicy, namespace string, from Peer) Finding {
	dns := Peer{Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}, Ports: map[string]int32{"dns": 53, "dns-tcp": 53}}
	return Check(policies, namespace, from, dns, core.ProtocolUDP, 53)
}

// in returns the peer with the default namespace filled in. External peers have no namespace.
func (p Peer) in(namespace string) Peer {
	switch {
	case p.External:
		p.Namespace = ""
	case p.Namespace == "":
		p.Namespace = namespace
	}
	return p
}

// selecting returns the policies that restrict a Pod in a direction. If there are none, the Pod is open.
func selecting(policies []networking.NetworkPolicy, namespace string, pod Peer, direction networking.PolicyType) []networking.NetworkPolicy {
	var found []networking.NetworkPolicy
	if pod.Namespace != namespace {
		return nil
	}
	for _, policy := range policies {
		if restricts(policy, direction) && matches(&policy.Spec.PodSelector, pod.Labels) {
			found = append(found, policy)
		}
	}
	return found
}

// restricts reports whether a policy applies to a direction. Without policyTypes it applies to ingress, and to egress
// if it has an egress rule.
func restricts(policy networking.NetworkPolicy, direction networking.PolicyType) bool {
	if len(policy.Spec.PolicyTypes) == 0 {
		return direction == networking.PolicyTypeIngress || len(policy.Spec.Egress) > 0
	}
	return slices.Contains(policy.Spec.PolicyTypes, direction)
}

func names(policies []networking.NetworkPolicy) []string {
	var names []string
	for _, policy := range policies {
		names = append(names, policy.Name)
	}
	slices.Sort(names)
	return names
}
