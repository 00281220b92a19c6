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

// Name declares the ConfigMap with the name of the active lab. The explorer watches it, so that a lab needs no other
// change of the explorer.
func (f *Fault) Name(ctx *pulumi.Context, namespace pulumi.StringInput, opts ...pulumi.ResourceOption) error {
	name, err := corev1.NewConfigMap(ctx, contract.LabConfigMap, &corev1.ConfigMapArgs{
		Metadata: workload.Meta(contract.LabConfigMap, namespace, workload.Labels(contract.LabConfigMap, workload.Explorer)),
		Data:     pulumi.StringMap{contract.LabKey: pulumi.String(f.Lab)},
	}, opts...)
	if err != nil {
		return fmt.Errorf("declare the ConfigMap %s: %w", contract.LabConfigMap, err)
	}
	f.name = name
	return nil
}

// nameFirst makes every object that a lab can change depend on the ConfigMap: the explorer must read the name of the
// lab before it sees a fault appear or disappear.
func (f *Fault) nameFirst(ctx *pulumi.Context) error {
	type result = pulumi.ResourceTransformationResult
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *result {
		if f.name == nil || !f.changes(args.Name, args.Props) {
			return nil
		}
		return &result{
			Props: args.Props, Opts: append(args.Opts, pulumi.DependsOn([]pulumi.Resource{f.name})),
		}
	})
}

// changes reports whether some lab changes this object.
func (f *Fault) changes(name string, args pulumi.Input) bool {
	switch args.(type) {
	case *networkingv1.NetworkPolicyArgs, *appsv1.DeploymentArgs:
		return name == f.Caller || name == f.Callee
	case *corev1.ServiceArgs:
		return name == f.Callee
	case *appsv1.StatefulSetArgs:
		return name == f.Database
	}
	return false
}
