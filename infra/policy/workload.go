package policy

import (
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Peer is what a call goes to: a *Workload of this namespace, or something outside of it.
type Peer interface {
	// name is what the stack's outputs call it, with the port that callers use.
	name() (pulumi.StringInput, pulumi.IntInput)
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
	// Pods are the labels that the Service selects its Pods by.
	Pods pulumi.StringMapInput
	// Port is where the Pods listen. Policies see a connection after kube-proxy has put the Pod's address and port in
	// place of the Service's.
	Port int
	// Public says that the Service is reached from outside of the cluster too.
	Public bool
	// Owner is the only workload that may call this one; nil if any may.
	Owner *Workload
}

func (w *Workload) name() (pulumi.StringInput, pulumi.IntInput) { return w.Service, w.ServicePort }

func (w *Workload) egress(*Network) networkingv1.NetworkPolicyEgressRuleInput {
	return networkingv1.NetworkPolicyEgressRuleArgs{
		To:    networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(w)}},
		Ports: tcp(w.Port),
	}
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
