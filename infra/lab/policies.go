package lab

import (
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nameLabel is the label with the name of a Pod's workload.
const nameLabel = "app.kubernetes.io/name"

// withoutDNS deletes the rules that allow DNS queries.
func withoutDNS(spec *networkingv1.NetworkPolicySpecArgs) {
	edit(&spec.Egress, func(rules *networkingv1.NetworkPolicyEgressRuleArray) {
		*rules = slices.DeleteFunc(*rules, func(rule networkingv1.NetworkPolicyEgressRuleInput) bool {
			opened, ok := rule.(networkingv1.NetworkPolicyEgressRuleArgs)
			return ok && isDNS(opened.Ports)
		})
	})
}

func isDNS(ports networkingv1.NetworkPolicyPortArrayInput) bool {
	all, _ := ports.(networkingv1.NetworkPolicyPortArray)
	return slices.ContainsFunc(all, func(port networkingv1.NetworkPolicyPortInput) bool {
		opened, ok := port.(networkingv1.NetworkPolicyPortArgs)
		return ok && opened.Port == pulumi.Int(53)
	})
}

// withoutCaller deletes the caller's Pods from the rules. It also deletes a rule without other peers, because an empty
// list of peers allows everything.
func withoutCaller(spec *networkingv1.NetworkPolicySpecArgs, caller string) {
	edit(&spec.Ingress, func(rules *networkingv1.NetworkPolicyIngressRuleArray) {
		var kept networkingv1.NetworkPolicyIngressRuleArray
		for _, rule := range *rules {
			others := 0
			edit(&rule, func(opened *networkingv1.NetworkPolicyIngressRuleArgs) {
				edit(&opened.From, func(peers *networkingv1.NetworkPolicyPeerArray) {
					*peers = slices.DeleteFunc(*peers, func(peer networkingv1.NetworkPolicyPeerInput) bool {
						return isWorkload(peer, caller)
					})
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
