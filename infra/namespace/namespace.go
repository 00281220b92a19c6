// Package namespace declares the Kubernetes namespace that holds the demo, in the cluster that the stack names.
package namespace

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// Namespace is the namespace. A resource that has it as its parent goes to the stack's own cluster.
type Namespace struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// Args say which cluster.
type Args struct {
	// Kubeconfig is the path of the kubeconfig file. The provider is given this path, never its contents, so that no
	// credentials get into the stack's state.
	Kubeconfig string
	// Context of the kubeconfig; empty for its current one.
	Context string
}

// New declares the namespace with exactly this name, and the provider of the cluster.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Namespace, error) {
	providerArgs := &kubernetes.ProviderArgs{
		Kubeconfig: pulumi.String(args.Kubeconfig), Namespace: pulumi.String(name),
	}
	if args.Context != "" {
		providerArgs.Context = pulumi.String(args.Context)
	}
	cluster, err := kubernetes.NewProvider(ctx, "cluster", providerArgs)
	if err != nil {
		return nil, fmt.Errorf("declare the cluster's provider: %w", err)
	}
	namespace := &Namespace{}
	opts = append([]pulumi.ResourceOption{pulumi.Providers(cluster)}, opts...)
	if err := ctx.RegisterComponentResource("kubernetes-networking:namespace:Namespace", name, namespace, opts...); err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	object, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: labels()},
	}, pulumi.Parent(namespace))
	if err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	namespace.Name = object.Metadata.Name().Elem()
	if err := ctx.RegisterResourceOutputs(namespace, pulumi.Map{"name": namespace.Name}); err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	return namespace, nil
}

// labels have the API server reject every Pod that is not hardened as workload.Pod hardens them.
func labels() pulumi.StringMap {
	labels := pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String(workload.PartOf)}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels["pod-security.kubernetes.io/"+mode] = pulumi.String("restricted")
	}
	return labels
}
