package lab

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/workload"
)

// Name declares the ConfigMap that names the active lab. The explorer watches it, so that a lab changes nothing but what it
// breaks.
func (s *Scene) Name(ctx *pulumi.Context, namespace pulumi.StringInput, opts ...pulumi.ResourceOption) error {
	name, err := corev1.NewConfigMap(ctx, contract.LabConfigMap, &corev1.ConfigMapArgs{
		Metadata: workload.Meta(contract.LabConfigMap, namespace, workload.Labels(contract.LabConfigMap, workload.Explorer)),
		Data:     pulumi.StringMap{contract.LabKey: pulumi.String(s.Lab)},
	}, opts...)
	if err != nil {
		return fmt.Errorf("declare the ConfigMap %s: %w", contract.LabConfigMap, err)
	}
	s.name = name
	return nil
}

// nameFirst has what any lab changes wait for the name of the lab: the explorer must not see a fault before it sees which lab
// it belongs to, nor the end of one.
func (s *Scene) nameFirst(ctx *pulumi.Context) error {
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if s.name == nil || !s.changes(args.Name, args.Props) {
			return nil
		}
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.DependsOn([]pulumi.Resource{s.name})),
		}
	})
}

// changes reports whether a lab changes this object.
func (s *Scene) changes(name string, args pulumi.Input) bool {
	switch args.(type) {
	case *networkingv1.NetworkPolicyArgs, *appsv1.DeploymentArgs:
		return name == s.Caller || name == s.Callee
	case *corev1.ServiceArgs:
		return name == s.Callee
	case *appsv1.StatefulSetArgs:
		return name == s.Database
	}
	return false
}
