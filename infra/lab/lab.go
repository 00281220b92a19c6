// Package lab breaks the demo on purpose, in one way at a time.
//
// The program declares the healthy demo. A Fault changes the arguments of one object on their way to the engine; start
// with Fault.patches. The topology that the explorer compares the cluster with stays that of the healthy demo.
package lab

import (
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	// Nothing listens on wrongPort in the callee's Pods.
	wrongPort = 8081
	// An app answers wrongPath with 404.
	wrongPath = "/ready"
	// delay is longer than a caller's timeout.
	delay = "5s"
)

// Fault is a lab and the objects that it changes. Without a lab, the demo is healthy.
type Fault struct {
	Lab contract.Lab
	// Caller calls Callee, and Callee its Database. They are the names of Services and of the workloads behind them.
	Caller, Callee, Database string

	name pulumi.Resource // the ConfigMap, once it is declared
}

// Missing reports whether the lab leaves out this Service.
func (f *Fault) Missing(service string) bool {
	return f.Lab == contract.ServiceDeleted && service == f.Callee
}

// ResponseDelay returns how long the callee delays its answers; empty for no delay.
func (f *Fault) ResponseDelay() string {
	if f.Lab == contract.SlowPeer {
		return delay
	}
	return ""
}

// Apply applies the patches of the lab to everything that is declared afterwards. A resource whose parent was declared
// before is not patched.
func (f *Fault) Apply(ctx *pulumi.Context) error {
	if err := f.nameFirst(ctx); err != nil {
		return err
	}
	patches := f.patches()[f.Lab]
	type result = pulumi.ResourceTransformationResult
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *result {
		if !slices.ContainsFunc(patches, func(apply patch) bool { return apply(args.Name, args.Props) }) {
			return nil
		}
		return &result{Props: args.Props, Opts: args.Opts}
	})
}

// wrongName is the callee's label without its last letter, as somebody in a hurry types it. No Pod has it.
func (f *Fault) wrongName() string { return f.Callee[:len(f.Callee)-1] }

// patches returns the patches of each lab. The labs that are not listed are Missing and ResponseDelay.
func (f *Fault) patches() map[contract.Lab][]patch {
	return map[contract.Lab][]patch{
		// A Pod of the caller that starts during the lab does not find its database, and never becomes ready.
		contract.DenyDNS: {
			patchOf(f.Caller, func(policy *networkingv1.NetworkPolicyArgs) { edit(&policy.Spec, withoutDNS) }),
			patchOf(f.Caller, notAwaited),
		},
		contract.WrongSelector: {patchOf(f.Callee, func(service *corev1.ServiceArgs) {
			edit(&service.Spec, func(spec *corev1.ServiceSpecArgs) { spec.Selector = withName(spec.Selector, f.wrongName()) })
		})},
		contract.NoReadyEndpoints: {patchOf(f.Callee, neverReady)},
		contract.WrongPort: {patchOf(f.Callee, func(service *corev1.ServiceArgs) {
			edit(&service.Spec, func(spec *corev1.ServiceSpecArgs) {
				edit(&spec.Ports, func(ports *corev1.ServicePortArray) {
					edit(&(*ports)[0], func(port *corev1.ServicePortArgs) { port.TargetPort = pulumi.Int(wrongPort) })
				})
			})
		})},
		contract.DenyCall: {patchOf(f.Callee, func(policy *networkingv1.NetworkPolicyArgs) {
			edit(&policy.Spec, func(spec *networkingv1.NetworkPolicySpecArgs) { withoutCaller(spec, f.Caller) })
		})},
		// The same update may end a lab that changed the callee's Pods. The new ones do not become ready either.
		contract.DatabaseDown: {patchOf(f.Database, stopped), patchOf(f.Callee, replacedAtOnce)},
	}
}
