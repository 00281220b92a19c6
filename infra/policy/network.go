// Package policy turns the declared calls into NetworkPolicies. What is not declared is denied, in both directions.
//
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
package policy

import (
	"fmt"
	"strings"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// Network is who calls whom. Declare makes policies of it, Topology what the explorer is told, Summary the stack's output.
type Network struct {
	// PodNetwork is the CIDR that the cluster's Pods have their addresses from. Where it is empty, Pods cannot be told from
	// what is outside of the cluster, and what is open to the outside is open to them too.
	PodNetwork string
	// DNSAddress is where names are resolved beside the cluster's DNS Pods, such as node-local DNS; empty for nowhere.
	DNSAddress string
	// Observer is the only workload that may ask others to measure; nil for none.
	Observer *Workload

	workloads []*Workload
	calls     []call
	// told says that Topology has been asked for.
	told bool
}

// Call is a call to a peer, declared by whoever has the peer's address in this variable.
type Call struct {
	To       Peer
	Variable string
}

type call struct {
	Call
	from *Workload
}

// Add says that the workload exists, so that it gets a policy and is on the map even if nobody calls it.
func (n *Network) Add(member *Workload) { n.workloads = append(n.workloads, member) }

// Call says that from makes each of these calls. A peer that belongs to another workload may not be called, and no call
// may be missing from the topology.
func (n *Network) Call(from *Workload, calls ...Call) error {
	if n.told && len(calls) > 0 {
		return fmt.Errorf("%s declares what it calls after the explorer has been told the topology: run it before the explorer", from.Name)
	}
	for _, one := range calls {
		if callee, ok := one.To.(*Workload); ok && callee.Owner != nil && callee.Owner != from {
			return fmt.Errorf("%s calls %s, which belongs to %s alone: give each service a database of its own",
				from.Name, callee.Name, callee.Owner.Name)
		}
		n.calls = append(n.calls, call{Call: one, from: from})
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
		if member.PodsOf != nil {
			continue
		}
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

// ingress lets in who calls the workload, by whichever of its Services, and the observer.
func (n *Network) ingress(callee *Workload) networkingv1.NetworkPolicyIngressRuleArray {
	var rules networkingv1.NetworkPolicyIngressRuleArray
	for _, member := range n.workloads {
		if from := n.callers(member); member.policy() == callee && len(from) > 0 {
			rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: tcp(member.Port)})
		}
	}
	if n.Observer != nil && callee.MeasurePort != 0 {
		from := networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(n.Observer)}}
		rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: tcp(callee.MeasurePort)})
	}
	return rules
}

// callers are who calls this Service, and, if it is reached from outside of the cluster, who is no Pod.
func (n *Network) callers(of *Workload) networkingv1.NetworkPolicyPeerArray {
	var from networkingv1.NetworkPolicyPeerArray
	for _, call := range n.calls {
		if call.To == Peer(of) {
			from = append(from, networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(call.from)})
		}
	}
	if of.Public {
		from = append(from, n.outside())
	}
	return from
}

// egress lets the workload out to what it calls, the observer to whom it asks as well, and to cluster DNS whoever calls
// anybody: names come first.
func (n *Network) egress(caller *Workload) networkingv1.NetworkPolicyEgressRuleArray {
	var rules networkingv1.NetworkPolicyEgressRuleArray
	for _, call := range n.calls {
		if call.from == caller {
			rules = append(rules, call.To.egress(n))
		}
	}
	for _, member := range n.workloads {
		if caller == n.Observer && member.MeasurePort != 0 {
			rules = append(rules, member.open(member.MeasurePort))
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return append(rules, n.dns())
}

// Summary lists what each workload calls, as the names and ports of Services with spaces between, by the name of the caller's
// Service. One line for each caller: pulumi prints a nested output with a line for each of its values.
func (n *Network) Summary() pulumi.Map {
	calls := map[string][]any{}
	add := func(from string, to pulumi.StringInput, port pulumi.IntInput) {
		calls[from] = append(calls[from], pulumi.Sprintf("%s:%d", to, port))
	}
	for _, member := range n.workloads {
		if member.Public {
			add("outside", member.Service, member.ServicePort)
		}
	}
	for _, call := range n.calls {
		to, port := call.To.name()
		add(call.from.Name, to, port)
	}
	summary := pulumi.Map{}
	for from, called := range calls {
		summary[from] = pulumi.Sprintf(strings.TrimSuffix(strings.Repeat("%s ", len(called)), " "), called...)
	}
	return summary
}
