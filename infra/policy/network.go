// Package policy turns the declared calls into NetworkPolicies. What is not declared is denied, in both directions.
//
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
package policy

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// Network is who calls whom. Declare makes policies of it, Summary the stack's output.
type Network struct {
	// PodNetwork is the CIDR that the cluster's Pods have their addresses from. Where it is empty, Pods cannot be told from
	// what is outside of the cluster, and what is open to the outside is open to them too.
	PodNetwork string
	// DNSAddress is where names are resolved beside the cluster's DNS Pods, such as node-local DNS; empty for nowhere.
	DNSAddress string

	workloads []*Workload
	calls     []call
}

type call struct {
	from *Workload
	to   Peer
}

// Add says that the workload exists, so that it gets a policy even if nobody calls it.
func (n *Network) Add(member *Workload) { n.workloads = append(n.workloads, member) }

// Call says that from calls each of these. A peer that belongs to another workload may not be called.
func (n *Network) Call(from *Workload, to ...Peer) error {
	for _, peer := range to {
		if callee, ok := peer.(*Workload); ok && callee.Owner != nil && callee.Owner != from {
			return fmt.Errorf("%s calls %s, which belongs to %s alone: give each service a database of its own",
				from.Name, callee.Name, callee.Owner.Name)
		}
		n.calls = append(n.calls, call{from: from, to: peer})
	}
	return nil
}

// Declare denies everything in the namespace, and then opens both ends of each call: one policy a workload.
func (n *Network) Declare(ctx *pulumi.Context, namespace pulumi.StringInput, opts ...pulumi.ResourceOption) error {
	everyPod := networkingv1.NetworkPolicySpecArgs{PodSelector: metav1.LabelSelectorArgs{}}
	if err := declare(ctx, "default-deny", namespace, everyPod, opts...); err != nil {
		return err
	}
	for _, member := range n.workloads {
		err := declare(ctx, member.Name, namespace, networkingv1.NetworkPolicySpecArgs{
			PodSelector: selector(member), Ingress: n.ingress(member), Egress: n.egress(member),
		}, opts...)
		if err != nil {
			return err
		}
	}
	return nil
}

func declare(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, spec networkingv1.NetworkPolicySpecArgs, opts ...pulumi.ResourceOption,
) error {
	spec.PolicyTypes = pulumi.ToStringArray([]string{"Ingress", "Egress"})
	_, err := networkingv1.NewNetworkPolicy(ctx, name, &networkingv1.NetworkPolicyArgs{
		Metadata: workload.Meta(name, namespace, workload.Selector(name)), Spec: spec,
	}, opts...)
	if err != nil {
		return fmt.Errorf("declare the NetworkPolicy %s: %w", name, err)
	}
	return nil
}

// ingress lets in who calls the workload, and, if its Service is reached from outside of the cluster, who is no Pod.
func (n *Network) ingress(callee *Workload) networkingv1.NetworkPolicyIngressRuleArray {
	from := networkingv1.NetworkPolicyPeerArray{}
	for _, call := range n.calls {
		if call.to == Peer(callee) {
			from = append(from, networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(call.from)})
		}
	}
	if callee.Public {
		from = append(from, n.outside())
	}
	if len(from) == 0 {
		return nil
	}
	return networkingv1.NetworkPolicyIngressRuleArray{networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: tcp(callee.Port)}}
}

// egress lets the workload out to what it calls, and to cluster DNS if it calls anybody: names come first.
func (n *Network) egress(caller *Workload) networkingv1.NetworkPolicyEgressRuleArray {
	var rules networkingv1.NetworkPolicyEgressRuleArray
	for _, call := range n.calls {
		if call.from == caller {
			rules = append(rules, call.to.egress(n))
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return append(rules, n.dns())
}

// Summary lists the calls by the names of the Services.
func (n *Network) Summary() pulumi.Array {
	var calls pulumi.Array
	for _, member := range n.workloads {
		if member.Public {
			calls = append(calls, pulumi.Map{"from": pulumi.String("outside"), "to": member.Service, "port": member.ServicePort})
		}
	}
	for _, call := range n.calls {
		to, port := call.to.name()
		calls = append(calls, pulumi.Map{"from": call.from.Service, "to": to, "port": port})
	}
	return calls
}
