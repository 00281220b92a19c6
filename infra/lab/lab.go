// Package lab breaks the demo on purpose, in one way at a time, so that people see how each looks.
//
// The program declares the healthy demo. A lab edits what one object is declared with, on its way to the engine. What the
// program knows of itself stays as it is, such as the topology that the explorer compares the cluster with.
package lab

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	// wrongPort is where nothing listens in the callee's Pods.
	wrongPort = 8081
	// wrongPath is where an app answers 404.
	wrongPath = "/ready"
	// delay is more than a caller waits for an answer.
	delay = "5s"
)

// Scene is the lab and where it takes place. The zero Scene is the healthy demo.
type Scene struct {
	Lab contract.Lab
	// Caller calls Callee, and Callee its Database. They are the names of Services and of the workloads behind them.
	Caller, Callee, Database string

	name pulumi.Resource // the ConfigMap, once it is declared
}

// Missing reports whether this Service is left out.
func (s *Scene) Missing(service string) bool {
	return s.Lab == contract.ServiceDeleted && service == s.Callee
}

// ResponseDelay is how long the callee holds its answers back; empty for not at all.
func (s *Scene) ResponseDelay() string {
	if s.Lab == contract.SlowPeer {
		return delay
	}
	return ""
}

// Break has what is declared from now on edited as the lab needs it. What has a parent that is older is not.
func (s *Scene) Break(ctx *pulumi.Context) error {
	if err := s.nameFirst(ctx); err != nil {
		return err
	}
	edit, found := s.edits()[s.Lab]
	if !found {
		return nil
	}
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if !edit(args.Name, args.Props) {
			return nil
		}
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
}

// wrongName is the callee's label without its last letter, as somebody in a hurry types it. No Pod has it.
func (s Scene) wrongName() string { return s.Callee[:len(s.Callee)-1] }

// edits are what the labs change of objects. Those that are not here change something else.
func (s *Scene) edits() map[contract.Lab]edit {
	return map[contract.Lab]edit{
		// A Pod of the caller that starts meanwhile, be it the first, does not find its database, and will not be ready.
		contract.DenyDNS: both(of(s.Caller, func(policy *networkingv1.NetworkPolicyArgs) {
			in(&policy.Spec, withoutDNS)
		}), of(s.Caller, notAwaited)),
		contract.WrongSelector: of(s.Callee, func(service *corev1.ServiceArgs) {
			in(&service.Spec, func(spec *corev1.ServiceSpecArgs) { spec.Selector = withName(spec.Selector, s.wrongName()) })
		}),
		contract.NoReadyEndpoints: of(s.Callee, neverReady),
		contract.WrongPort: of(s.Callee, func(service *corev1.ServiceArgs) {
			in(&service.Spec, func(spec *corev1.ServiceSpecArgs) {
				in(&spec.Ports, func(ports *corev1.ServicePortArray) {
					in(&(*ports)[0], func(port *corev1.ServicePortArgs) { port.TargetPort = pulumi.Int(wrongPort) })
				})
			})
		}),
		contract.DenyCall: of(s.Callee, func(policy *networkingv1.NetworkPolicyArgs) {
			in(&policy.Spec, func(spec *networkingv1.NetworkPolicySpecArgs) { withoutCaller(spec, s.Caller) })
		}),
		// The same update may take back a lab that changed the callee's Pods. The new ones will not be ready either.
		contract.DatabaseDown: both(of(s.Database, stopped), of(s.Callee, replacedAtOnce)),
	}
}
