// Package networkpolicy declares the NetworkPolicies of the demo. They allow the declared calls and deny everything
// else, in both directions.
//
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
package networkpolicy

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// Args describe the network that the policies are for.
type Args struct {
	Namespace pulumi.StringInput
	// Graph has the workloads and their calls.
	Graph topology.Graph
	// PodNetwork is the CIDR of the cluster's Pods. Where it is empty, policies cannot distinguish Pods from addresses
	// outside of the cluster: a port that is open to the outside is open to all Pods too.
	PodNetwork string
	// DNSAddress resolves names in addition to the cluster's DNS Pods, such as node-local DNS; empty for none.
	DNSAddress string
}

// Declare declares a policy that denies everything in the namespace, and one for each workload that opens its end of
// each call.
func Declare(ctx *pulumi.Context, args Args, opts ...pulumi.ResourceOption) error {
	everyPod := networkingv1.NetworkPolicySpecArgs{PodSelector: metav1.LabelSelectorArgs{}}
	if err := args.declare(ctx, "default-deny", everyPod, opts...); err != nil {
		return err
	}
	for _, member := range args.Graph.Workloads {
		if member.PodsOf != nil {
			continue
		}
		err := args.declare(ctx, member.Name, networkingv1.NetworkPolicySpecArgs{
			PodSelector: selector(member), Ingress: args.ingress(member), Egress: args.egress(member),
		}, opts...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (a Args) declare(
	ctx *pulumi.Context, name string, spec networkingv1.NetworkPolicySpecArgs, opts ...pulumi.ResourceOption,
) error {
	spec.PolicyTypes = pulumi.ToStringArray([]string{"Ingress", "Egress"})
	_, err := networkingv1.NewNetworkPolicy(ctx, name, &networkingv1.NetworkPolicyArgs{
		Metadata: workload.Meta(name, a.Namespace, workload.Selector(name)), Spec: spec,
	}, opts...)
	if err != nil {
		return fmt.Errorf("declare the NetworkPolicy %s: %w", name, err)
	}
	return nil
}

// ingress allows the callers of each of the workload's Services, and the explorer's measurements.
func (a Args) ingress(callee *topology.Workload) networkingv1.NetworkPolicyIngressRuleArray {
	var rules networkingv1.NetworkPolicyIngressRuleArray
	for _, member := range a.Graph.Workloads {
		if from := a.callers(member); member.Controller() == callee && len(from) > 0 {
			rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: tcp(member.Port)})
		}
	}
	for _, member := range a.Graph.Workloads {
		if isExplorer(member) && callee.ProbePort != 0 {
			from := networkingv1.NetworkPolicyPeerArray{pods(member)}
			rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: tcp(callee.ProbePort)})
		}
	}
	return rules
}

// callers returns the callers of this Service and, if it is public, everything outside of the Pod network.
func (a Args) callers(callee *topology.Workload) networkingv1.NetworkPolicyPeerArray {
	var from networkingv1.NetworkPolicyPeerArray
	for _, call := range a.Graph.Calls {
		if call.To == topology.Peer(callee) {
			from = append(from, pods(call.From))
		}
	}
	if callee.Public {
		from = append(from, a.outside())
	}
	return from
}

// egress allows the workload's calls and, for the explorer, the measurements of all workloads. A workload that connects
// to anything may also query cluster DNS.
func (a Args) egress(caller *topology.Workload) networkingv1.NetworkPolicyEgressRuleArray {
	var rules networkingv1.NetworkPolicyEgressRuleArray
	for _, call := range a.Graph.Calls {
		if call.From == caller {
			rules = append(rules, a.to(call.To))
		}
	}
	for _, member := range a.Graph.Workloads {
		if isExplorer(caller) && member.ProbePort != 0 {
			rules = append(rules, toPods(member, member.ProbePort))
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return append(rules, a.dns())
}

// isExplorer reports whether the workload is the explorer, the only one that connects to the probe ports of others.
func isExplorer(w *topology.Workload) bool { return w.Kind == contract.ExplorerNode }
