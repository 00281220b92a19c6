package demotest

import (
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"example.com/kubernetes-networking/apps/contract"
)

// measurePort is where the Pods of the services are asked to measure.
const measurePort = 8082

// newPolicies are those that the Pulumi program makes of the topology: default-deny, and one a workload.
func newPolicies() []networking.NetworkPolicy {
	policies := []networking.NetworkPolicy{newPolicy("default-deny", nil)}
	topology := Topology()
	for _, node := range topology.Nodes {
		if node.Kind == contract.ExternalNode || node.Kind == contract.CollectorNode {
			continue
		}
		policy := newPolicy(node.Workload, labels(node.Workload))
		for _, call := range topology.Calls {
			from, _ := topology.Node(call.From)
			to, _ := topology.Node(call.To)
			if to.Workload == node.Workload {
				policy.Spec.Ingress = append(policy.Spec.Ingress, letIn(from.Workload, to.PodPort))
			}
			if call.From == node.Name {
				policy.Spec.Egress = append(policy.Spec.Egress, letOut(to))
			}
		}
		if node.Kind == contract.ServiceNode {
			policy.Spec.Ingress = append(policy.Spec.Ingress, letIn("explorer", measurePort))
		}
		if node.Kind == contract.ExplorerNode {
			policy.Spec.Egress = append(policy.Spec.Egress, measuring(topology)...)
		}
		if len(policy.Spec.Egress) > 0 {
			policy.Spec.Egress = append(policy.Spec.Egress, LetDNS())
		}
		policies = append(policies, policy)
	}
	return policies
}

// measuring lets the explorer ask the Pods of the services to measure.
func measuring(topology contract.Topology) []networking.NetworkPolicyEgressRule {
	var rules []networking.NetworkPolicyEgressRule
	for _, node := range topology.Nodes {
		if node.Kind == contract.ServiceNode {
			node.PodPort = measurePort
			rules = append(rules, letOut(node))
		}
	}
	return rules
}

func newPolicy(name string, selects map[string]string) networking.NetworkPolicy {
	return networking.NetworkPolicy{
		ObjectMeta: meta.ObjectMeta{Name: name, Namespace: Namespace},
		Spec: networking.NetworkPolicySpec{
			PodSelector: meta.LabelSelector{MatchLabels: selects},
			PolicyTypes: []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress},
		},
	}
}

func letIn(from string, port int) networking.NetworkPolicyIngressRule {
	return networking.NetworkPolicyIngressRule{
		From:  []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{MatchLabels: labels(from)}}},
		Ports: ports(core.ProtocolTCP, port),
	}
}

func letOut(to contract.Node) networking.NetworkPolicyEgressRule {
	if to.Kind == contract.ExternalNode {
		return networking.NetworkPolicyEgressRule{
			To: []networking.NetworkPolicyPeer{{IPBlock: &networking.IPBlock{CIDR: "192.0.2.1/32"}}}, Ports: ports(core.ProtocolTCP, 6443),
		}
	}
	return networking.NetworkPolicyEgressRule{
		To:    []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{MatchLabels: labels(to.Workload)}}},
		Ports: ports(core.ProtocolTCP, to.PodPort),
	}
}

// LetDNS is the rule that lets a Pod resolve names.
func LetDNS() networking.NetworkPolicyEgressRule {
	return networking.NetworkPolicyEgressRule{
		To: []networking.NetworkPolicyPeer{{
			NamespaceSelector: &meta.LabelSelector{MatchLabels: map[string]string{core.LabelMetadataName: "kube-system"}},
			PodSelector:       &meta.LabelSelector{MatchLabels: map[string]string{"k8s-app": "kube-dns"}},
		}},
		Ports: append(ports(core.ProtocolUDP, 53), ports(core.ProtocolTCP, 53)...),
	}
}

func ports(protocol core.Protocol, port int) []networking.NetworkPolicyPort {
	number := intstr.FromInt32(int32(port))
	return []networking.NetworkPolicyPort{{Protocol: &protocol, Port: &number}}
}

// Policy is the one of this name, for changes.
func (c *Cluster) Policy(name string) *networking.NetworkPolicy {
	for i := range c.Denied {
		if c.Denied[i].Name == name {
			return &c.Denied[i]
		}
	}
	return nil
}
