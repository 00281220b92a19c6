package lab

import (
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nameLabel tells the Pods of one workload from others.
const nameLabel = "app.kubernetes.io/name"

// withoutDNS takes away the rules that let out to port 53.
func withoutDNS(spec *networkingv1.NetworkPolicySpecArgs) {
	in(&spec.Egress, func(rules *networkingv1.NetworkPolicyEgressRuleArray) {
		*rules = slices.DeleteFunc(*rules, func(rule networkingv1.NetworkPolicyEgressRuleInput) bool {
			opened, ok := rule.(networkingv1.NetworkPolicyEgressRuleArgs)
			return ok && resolves(opened.Ports)
		})
	})
}

func resolves(ports networkingv1.NetworkPolicyPortArrayInput) bool {
	all, _ := ports.(networkingv1.NetworkPolicyPortArray)
	return slices.ContainsFunc(all, func(port networkingv1.NetworkPolicyPortInput) bool {
		opened, ok := port.(networkingv1.NetworkPolicyPortArgs)
		return ok && opened.Port == pulumi.Int(53)
	})
}

// withoutCaller takes the caller's Pods from those that are let in. A rule that lets in nobody any more goes with them:
// without a list of Pods it would let in everybody.
func withoutCaller(spec *networkingv1.NetworkPolicySpecArgs, caller string) {
	in(&spec.Ingress, func(rules *networkingv1.NetworkPolicyIngressRuleArray) {
		var kept networkingv1.NetworkPolicyIngressRuleArray
		for _, rule := range *rules {
			others := 0
			in(&rule, func(opened *networkingv1.NetworkPolicyIngressRuleArgs) {
				in(&opened.From, func(peers *networkingv1.NetworkPolicyPeerArray) {
					*peers = slices.DeleteFunc(*peers, func(peer networkingv1.NetworkPolicyPeerInput) bool { return isWorkload(peer, caller) })
					others = len(*peers)
				})
			})
			if others > 0 {
				kept = append(kept, rule)
			}
		}
		*rules = kept
	})
}

func isWorkload(peer networkingv1.NetworkPolicyPeerInput, name string) bool {
	pods, ok := peer.(networkingv1.NetworkPolicyPeerArgs)
	if !ok {
		return false
	}
	selector, _ := pods.PodSelector.(metav1.LabelSelectorArgs)
	labels, _ := selector.MatchLabels.(pulumi.StringMap)
	return labels[nameLabel] == pulumi.String(name)
}
