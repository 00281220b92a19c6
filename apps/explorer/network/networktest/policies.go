package networktest

import (
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The further ports of the demo's Pods.
const (
	tracesPort = 4318
	probePort  = 8082
)

// Policies returns the demo's NetworkPolicies: default-deny, and for each workload a policy that allows the declared
// calls.
func Policies() []networking.NetworkPolicy {
	policies := []networking.NetworkPolicy{policy("default-deny", meta.LabelSelector{}, nil, nil)}
	for _, m := range members {
		policies = append(policies, policy(m.name, *selector(m.name), ingress(m), egress(m)))
	}
	return policies
}

func policy(
	name string, pods meta.LabelSelector, ingress []networking.NetworkPolicyIngressRule, egress []networking.NetworkPolicyEgressRule,
) networking.NetworkPolicy {
	return networking.NetworkPolicy{ObjectMeta: Meta(name, name), Spec: networking.NetworkPolicySpec{
		PodSelector: pods, Ingress: ingress, Egress: egress,
		PolicyTypes: []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress},
	}}
}

// ingress allows the callers of the workload. Services are also open to every address that does not belong to a Pod,
// and to the explorer at their probe port.
func ingress(server member) []networking.NetworkPolicyIngressRule {
	var from []networking.NetworkPolicyPeer
	for _, caller := range members {
		if slices.Contains(caller.calls, server.name) {
			from = append(from, pods(caller.name))
		}
	}
	if server.component != "database" {
		from = append(from,
			networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.244.0.0/16"}}})
	}
	rules := []networking.NetworkPolicyIngressRule{{From: from, Ports: tcp(server.port)}}
	switch server.component {
	case "service":
		rules = append(rules, networking.NetworkPolicyIngressRule{From: []networking.NetworkPolicyPeer{pods("explorer")}, Ports: tcp(probePort)})
	case "explorer":
		services := []networking.NetworkPolicyPeer{pods("clients"), pods("orders"), pods("products")}
		rules = append(rules, networking.NetworkPolicyIngressRule{From: services, Ports: tcp(tracesPort)})
	}
	return rules
}

// egress allows the calls of the workload, and DNS queries if it makes calls.
func egress(caller member) []networking.NetworkPolicyEgressRule {
	if len(caller.calls) == 0 {
		return nil
	}
	var rules []networking.NetworkPolicyEgressRule
	allow := func(to networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort) {
		rules = append(rules, networking.NetworkPolicyEgressRule{To: []networking.NetworkPolicyPeer{to}, Ports: ports})
	}
	for _, server := range members {
		if slices.Contains(caller.calls, server.name) {
			allow(pods(server.name), tcp(server.port))
			if caller.component == "explorer" {
				allow(pods(server.name), tcp(probePort))
			}
		}
	}
	if caller.component == "service" {
		allow(pods("explorer"), tcp(tracesPort))
	} else {
		allow(networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "192.0.2.1/32"}}, tcp(6443)) // the API server
	}
	udp := core.ProtocolUDP
	dns := intstr.FromInt32(53)
	allow(networking.NetworkPolicyPeer{
		NamespaceSelector: &meta.LabelSelector{MatchLabels: map[string]string{core.LabelMetadataName: "kube-system"}},
		PodSelector:       &meta.LabelSelector{MatchLabels: map[string]string{"k8s-app": "kube-dns"}},
	}, append(tcp(53), networking.NetworkPolicyPort{Protocol: &udp, Port: &dns}))
	return rules
}

func pods(workload string) networking.NetworkPolicyPeer {
	return networking.NetworkPolicyPeer{PodSelector: selector(workload)}
}

func tcp(port int32) []networking.NetworkPolicyPort {
	protocol, number := core.ProtocolTCP, intstr.FromInt32(port)
	return []networking.NetworkPolicyPort{{Protocol: &protocol, Port: &number}}
}
