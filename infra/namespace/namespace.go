// Package namespace declares the Kubernetes namespace that holds the demo, in the cluster that the stack names.
package namespace

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/deployed"
	"example.com/kubernetes-networking/infra/kubeconfig"
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/workload"
)

// Namespace is the namespace. A resource that has it as its parent goes to the stack's own cluster.
type Namespace struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
}

// Args say which cluster.
type Args struct {
	Kubeconfig kubeconfig.Kubeconfig
	// Context of the kubeconfig; empty for its current one.
	Context string
	// Cluster is the UID of the cluster; unknown in a preview without it.
	Cluster pulumi.StringInput
	// RetainData keeps the namespace when the stack is destroyed, and with it what else is retained.
	RetainData bool
}

// New declares the namespace with exactly this name, and the provider of the cluster. The namespace must not exist yet.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Namespace, error) {
	// A ConfigMap is changed in place, as kubectl does: by default the provider deletes it and creates another.
	cluster, err := newProvider(ctx, "cluster", args, kubernetes.ProviderArgs{
		Namespace: pulumi.String(name), EnableConfigMapMutable: pulumi.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	// Server-side apply takes over what exists already, and the stack's end would delete somebody's namespace with
	// everything in it. Without it the API server refuses to create the namespace a second time. Everything else is in
	// the namespace, so that it is the stack's own.
	creator, err := newProvider(ctx, "namespace-creator", args, kubernetes.ProviderArgs{
		EnableServerSideApply: pulumi.Bool(false),
	})
	if err != nil {
		return nil, err
	}
	namespace := &Namespace{}
	opts = append([]pulumi.ResourceOption{pulumi.Providers(cluster)}, opts...)
	if err := ctx.RegisterComponentResource("kubernetes-networking:namespace:Namespace", name, namespace, opts...); err != nil {
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
		"name": namespace.Name, deployed.ClusterOutput: args.Cluster, deployed.RetainedOutput: pulumi.Bool(args.RetainData),
	}); err != nil {
		return nil, fmt.Errorf("declare the namespace %s: %w", name, err)
	}
	return namespace, nil
}

// Isolate denies everything in the namespace but the calls of the network.
func (n *Namespace) Isolate(ctx *pulumi.Context, network *policy.Network) error {
	return network.Declare(ctx, n.Name, pulumi.Parent(n))
}

// newProvider adds the cluster to what is special about this provider.
func newProvider(ctx *pulumi.Context, name string, args Args, special kubernetes.ProviderArgs) (*kubernetes.Provider, error) {
	special.Kubeconfig = args.Kubeconfig.Input()
	if args.Context != "" {
		special.Context = pulumi.String(args.Context)
	}
	provider, err := kubernetes.NewProvider(ctx, name, &special)
	if err != nil {
		return nil, fmt.Errorf("declare the provider %s of the cluster: %w", name, err)
	}
	return provider, nil
}

// labels have the API server reject every Pod that is not hardened as workload.Pod hardens them.
func labels() pulumi.StringMap {
	labels := pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String(workload.PartOf)}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels["pod-security.kubernetes.io/"+mode] = pulumi.String("restricted")
	}
	return labels
}
