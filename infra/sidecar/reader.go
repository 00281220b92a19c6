package sidecar

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/workload"
)

// newReader declares a service account that can list and watch the objects that the explorer shows, in this namespace
// only. It returns the name of the account.
func newReader(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	account, err := corev1.NewServiceAccount(ctx, name, &corev1.ServiceAccountArgs{
		Metadata: workload.Meta(name, namespace, labels), AutomountServiceAccountToken: pulumi.Bool(false),
	}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the ServiceAccount %s: %w", name, err)
	}
	role, err := rbacv1.NewRole(ctx, name, &rbacv1.RoleArgs{
		Metadata: workload.Meta(name, namespace, labels),
		Rules: rbacv1.PolicyRuleArray{
			read("", "pods", "services"),
			read("apps", "deployments", "statefulsets"),
			read("discovery.k8s.io", "endpointslices"),
			read("networking.k8s.io", "networkpolicies"),
			readOne("", "configmaps", contract.LabConfigMap),
		},
	}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the Role %s: %w", name, err)
	}
	_, err = rbacv1.NewRoleBinding(ctx, name, &rbacv1.RoleBindingArgs{
		Metadata: workload.Meta(name, namespace, labels),
		RoleRef: rbacv1.RoleRefArgs{
			ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String("Role"), Name: role.Metadata.Name().Elem(),
		},
		Subjects: rbacv1.SubjectArray{rbacv1.SubjectArgs{
			Kind: pulumi.String("ServiceAccount"), Name: account.Metadata.Name().Elem(), Namespace: namespace.ToStringOutput(),
		}},
	}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the RoleBinding %s: %w", name, err)
	}
	return account.Metadata.Name().Elem(), nil
}

func read(group string, resources ...string) rbacv1.PolicyRuleArgs {
	return rbacv1.PolicyRuleArgs{
		ApiGroups: pulumi.StringArray{pulumi.String(group)},
		Resources: pulumi.ToStringArray(resources),
		Verbs:     pulumi.ToStringArray([]string{"list", "watch"}),
	}
}

// readOne allows list and watch of one object. A request must select it by the field metadata.name.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
func readOne(group, resource, name string) rbacv1.PolicyRuleArgs {
	rule := read(group, resource)
	rule.ResourceNames = pulumi.ToStringArray([]string{name})
	return rule
}
