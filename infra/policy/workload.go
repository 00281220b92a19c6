package policy

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

// Peer is what a call goes to: a *Workload of this namespace, or something outside of it.
type Peer interface {
	// name is what the stack's outputs call it, with the port that callers use.
	name() (pulumi.StringInput, pulumi.IntInput)
	// node is what the topology says of it, the output of a contract.Node.
	node() pulumi.Output
	// egress is the rule that lets a caller's Pods out to it.
	egress(*Network) networkingv1.NetworkPolicyEgressRuleInput
}

// Workload are Pods of this namespace with a Service in front. It calls, is called, or both.
type Workload struct {
	// Name of the policy, which is that of the workload.
	Name string
	// Service and ServicePort are what callers use, as outputs of the Service.
	Service     pulumi.StringInput
	ServicePort pulumi.IntInput
	// URL is the Service's; its scheme says what is expected there (contract.Reach).
	URL pulumi.StringInput
	// Kind is its role in the topology.
	Kind contract.Kind
	// Pods are the labels that the Pods have, whatever the Service selects.
	Pods pulumi.StringMap
	// PodsOf is the workload whose Pods these are, if this is a second Service in front of them, which then has no policy
	// of its own; nil for none.
	PodsOf *Workload
	// Port is where the Pods listen. Policies see a connection after kube-proxy has put the Pod's address and port in
	// place of the Service's.
	Port int
	// MeasurePort is where the observer asks the Pods to measure; 0 if they cannot.
	MeasurePort int
	// Public says that the Service is reached from outside of the cluster too.
	Public bool
	// Owner is the only workload that may call this one; nil if any may.
	Owner *Workload
}

func (w *Workload) name() (pulumi.StringInput, pulumi.IntInput) { return w.Service, w.ServicePort }

func (w *Workload) egress(*Network) networkingv1.NetworkPolicyEgressRuleInput { return w.open(w.Port) }

// open is the rule that lets out to one port of the Pods.
func (w *Workload) open(port int) networkingv1.NetworkPolicyEgressRuleInput {
	return networkingv1.NetworkPolicyEgressRuleArgs{
		To:    networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(w)}},
		Ports: tcp(port),
	}
}

// node waits for the Service, whose names it has.
func (w *Workload) node() pulumi.Output {
	node := contract.Node{Kind: w.Kind, Workload: w.policy().Name, PodPort: w.Port}
	var owner pulumi.StringInput = pulumi.String("")
	if w.Owner != nil {
		owner = w.Owner.Service
	}
	return pulumi.All(w.Service, w.URL, owner).ApplyT(func(all []any) contract.Node {
		node.Name, node.URL, node.Owner = fmt.Sprint(all[0]), fmt.Sprint(all[1]), fmt.Sprint(all[2])
		return node
	})
}

// policy is the workload whose policy these Pods have.
func (w *Workload) policy() *Workload {
	if w.PodsOf != nil {
		return w.PodsOf
	}
	return w
}

func selector(w *Workload) metav1.LabelSelectorArgs {
	return metav1.LabelSelectorArgs{MatchLabels: w.Pods}
}

func tcp(port int) networkingv1.NetworkPolicyPortArray {
	return networkingv1.NetworkPolicyPortArray{protocolPort("TCP", port)}
}

func protocolPort(protocol string, port int) networkingv1.NetworkPolicyPortArgs {
	return networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String(protocol), Port: pulumi.Int(port)}
}
