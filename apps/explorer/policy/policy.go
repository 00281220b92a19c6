// Package policy says what the NetworkPolicies of a namespace let through, by their rules alone: it explains why a
// connection does not come about, or that it should not.
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
	// Labels are those of the Pod.
	Labels map[string]string
	// IP is empty if it is not known. No ipBlock is taken to have it then.
	IP string
	// Namespace is the Pod's; empty for the one that the policies are of.
	Namespace string
	// External says that it is no Pod: only its IP counts.
	External bool
	// Ports are the ports that the Pod's containers declare, by name.
	Ports map[string]int32
}

// Finding is what the policies say of a connection.
type Finding struct {
	Allowed bool
	// Direction of what is denied: egress, which is checked first, or ingress; empty if the connection is allowed.
	Direction string
	// Policies are the names, sorted, of those that select the Pod in that direction. None of them lets the connection
	// through, and one rule in any of them would.
	Policies []string
}

// The directions, in the words of Finding.
const (
	Egress  = "egress"
	Ingress = "ingress"
)

// Check says whether the policies of a namespace let from connect to a port of to. The port is the Pod's, not the
// Service's: policies see a connection after kube-proxy has put the Pod's address and port in place of the Service's.
// Policies of other namespaces are not known, and taken to allow.
func Check(policies []networking.NetworkPolicy, namespace string, from, to Peer, protocol core.Protocol, port int32) Finding {
	from, to = from.in(namespace), to.in(namespace)
	if from.IP != "" && from.IP == to.IP && !from.External && !to.External {
		return Finding{Allowed: true} // no policy cuts a Pod off from itself
	}
	connection := connection{namespace: namespace, to: to, protocol: protocol, port: port}
	if selecting := selecting(policies, namespace, from, networking.PolicyTypeEgress); len(selecting) > 0 {
		if !slices.ContainsFunc(selecting, func(policy networking.NetworkPolicy) bool { return connection.letOut(policy, to) }) {
			return Finding{Direction: Egress, Policies: names(selecting)}
		}
	}
	if selecting := selecting(policies, namespace, to, networking.PolicyTypeIngress); len(selecting) > 0 {
		if !slices.ContainsFunc(selecting, func(policy networking.NetworkPolicy) bool { return connection.letIn(policy, from) }) {
			return Finding{Direction: Ingress, Policies: names(selecting)}
		}
	}
	return Finding{Allowed: true}
}

// CheckDNS says whether the policies let a Pod ask the cluster's DNS. CoreDNS has the label of kube-dns, which came before
// it, wherever it is installed as Kubernetes' own manifests do.
func CheckDNS(policies []networking.NetworkPolicy, namespace string, from Peer) Finding {
	dns := Peer{Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}, Ports: map[string]int32{"dns": 53, "dns-tcp": 53}}
	return Check(policies, namespace, from, dns, core.ProtocolUDP, 53)
}

// in fills in the namespace that is meant where none is said. What is no Pod has none.
func (p Peer) in(namespace string) Peer {
	switch {
	case p.External:
		p.Namespace = ""
	case p.Namespace == "":
		p.Namespace = namespace
	}
	return p
}

// selecting are the policies that restrict a Pod in one direction. A Pod that none selects is open.
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

// restricts reports whether a policy is about a direction. One that does not say is about ingress, and about egress if it
// has a rule for it.
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
