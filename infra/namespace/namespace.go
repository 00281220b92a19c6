// Package namespace declares the demo's namespace and the providers of the stack's cluster.
package namespace

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/deployed"
	"example.com/kubernetes-networking/infra/kubeconfig"
	"example.com/kubernetes-networking/infra/workload"
)

// Namespace is the namespace. Resources with this parent are created in the stack's cluster.
type Namespace struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// Args name the cluster.
type Args struct {
	Kubeconfig kubeconfig.Kubeconfig
	// Context of the kubeconfig; empty for its current one.
	Context string
	// Cluster is the UID of the cluster; unknown in a preview without it.
	Cluster pulumi.StringInput
	// RetainData keeps the namespace when the stack is destroyed.
	RetainData bool
}

// New declares a namespace with exactly this name, which must not exist yet, and the providers of the cluster.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Namespace, error) {
	// Update ConfigMaps in place, as kubectl does. By default the provider replaces them.
	cluster, err := newProvider(ctx, "cluster", args, kubernetes.ProviderArgs{
		Namespace: pulumi.String(name), EnableConfigMapMutable: pulumi.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	// Server-side apply would take over a namespace that exists, and destroying the stack would delete it with everything
	// in it. Without server-side apply, the API server refuses to create the namespace a second time. Everything else is
	// inside of the namespace and therefore belongs to the stack.
	creator, err := newProvider(ctx, "namespace-creator", args, kubernetes.ProviderArgs{
		EnableServerSideApply: pulumi.Bool(false),
	})
	if err != nil {
		return nil, err
	}
	namespace := &Namespace{}
	opts = append([]pulumi.ResourceOption{pulumi.Providers(cluster)}, opts...)
	err = ctx.RegisterComponentResource("kubernetes-networking:namespace:Namespace", name, namespace, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	object, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: labels()},
	}, pulumi.Parent(namespace), pulumi.Provider(creator), pulumi.Protect(args.RetainData))
	if err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	namespace.Name = object.Metadata.Name().Elem()
	if err := ctx.RegisterResourceOutputs(namespace, pulumi.Map{
		"name": namespace.Name, deployed.ClusterOutput: args.Cluster,
		deployed.RetainedOutput: deployed.Retained(args.RetainData, object),
	}); err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	return namespace, nil
}

// newProvider declares a provider of the cluster with these extra arguments.
func newProvider(
	ctx *pulumi.Context, name string, args Args, extra kubernetes.ProviderArgs,
) (*kubernetes.Provider, error) {
	extra.Kubeconfig = args.Kubeconfig.Input()
	if args.Context != "" {
		extra.Context = pulumi.String(args.Context)
	}
	provider, err := kubernetes.NewProvider(ctx, name, &extra)
	if err != nil {
		return nil, fmt.Errorf("declare the provider %s of the cluster: %w", name, err)
	}
	return provider, nil
}

// labels make the API server reject every Pod that is not hardened like those of workload.Pod.
func labels() pulumi.StringMap {
	labels := pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String(workload.PartOf)}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels["pod-security.kubernetes.io/"+mode] = pulumi.String("restricted")
	}
	return labels
}
