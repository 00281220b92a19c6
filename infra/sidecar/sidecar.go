// Package sidecar declares the Pod that shows communication inside of a Pod: two containers, and nothing but localhost
// between them. The explorer draws the network and is exposed by a Service; the probe has no Service and listens on
// 127.0.0.1 only, so that nobody but the explorer reaches it.
package sidecar

import (
	"errors"
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	servicePort = 80
	probePort   = 8081
	probeBinary = "/ko-app/probe" // where ko puts the app "probe" in its image
)

// Pod is a Deployment of one Pod with the two containers, and the explorer's Service and rights.
type Pod struct {
	pulumi.ResourceState

	// Endpoint is where the explorer answers.
	Endpoint *endpoint.Endpoint
}

// Args describe the Pod.
type Args struct {
	Namespace pulumi.StringInput
	// Type of the explorer's Service: LoadBalancer, NodePort or ClusterIP.
	Type    string
	Builder image.Builder
}

// New declares the Pod, its Service, and a service account that may list what the explorer draws in the one namespace.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Pod, error) {
	pod := &Pod{}
	err := ctx.RegisterComponentResource("kubernetes-networking:sidecar:Pod", name, pod, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the sidecar Pod %s: %w", name, err)
	}
	inside := pulumi.Parent(pod)
	labels := workload.Labels(name, workload.Explorer)
	pod.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace, Labels: labels, Selector: workload.Selector(name),
		Type: args.Type, Port: servicePort, TargetPort: workload.PortName,
	}, inside)
	if err != nil {
		return nil, err
	}
	account, err := newReader(ctx, name, args.Namespace, labels, inside)
	if err != nil {
		return nil, err
	}
	explorerContainer, err1 := explorer(ctx, args, inside)
	probeContainer, err2 := probe(ctx, args, inside)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	spec := corev1.PodSpecArgs{ServiceAccountName: account, AutomountServiceAccountToken: pulumi.Bool(true)}
	_, err = appsv1.NewDeployment(ctx, name, &appsv1.DeploymentArgs{
		Metadata: workload.Meta(args.Namespace, labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(1),
			Selector: metav1.LabelSelectorArgs{MatchLabels: workload.Selector(name)},
			Template: workload.Pod(workload.NonRoot, labels, spec, explorerContainer, probeContainer),
		},
	}, inside)
	if err != nil {
		return nil, fmt.Errorf("declare the Deployment %s: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(pod, pulumi.Map{"url": pod.Endpoint.URL}); err != nil {
		return nil, fmt.Errorf("declare the sidecar Pod %s: %w", name, err)
	}
	return pod, nil
}

func explorer(ctx *pulumi.Context, args Args, opts ...pulumi.ResourceOption) (corev1.ContainerArgs, error) {
	app, err1 := image.NewApp(ctx, "explorer", args.Builder, opts...)
	vars, err2 := env.Vars(contract.Explorer[env.Value]{
		Port:      env.Text(pulumi.Sprintf("%d", workload.Port)),
		Namespace: env.Text(args.Namespace),
		ProbeURL:  env.Text(pulumi.Sprintf("http://localhost:%d", probePort)),
	})
	if err := errors.Join(err1, err2); err != nil {
		return corev1.ContainerArgs{}, err
	}
	return workload.HTTPProbes().Of(corev1.ContainerArgs{
		Name: pulumi.String("explorer"), Image: app.Ref, Env: vars, Ports: workload.HTTPPorts(),
		Resources: workload.Resources("20m", "24Mi", "1", "128Mi"),
	}), nil
}

// probe is checked by a command in the container: the kubelet is outside of the Pod and cannot reach its localhost.
func probe(ctx *pulumi.Context, args Args, opts ...pulumi.ResourceOption) (corev1.ContainerArgs, error) {
	app, err1 := image.NewApp(ctx, "probe", args.Builder, opts...)
	vars, err2 := env.Vars(contract.Probe[env.Value]{Port: env.Text(pulumi.Sprintf("%d", probePort))})
	if err := errors.Join(err1, err2); err != nil {
		return corev1.ContainerArgs{}, err
	}
	return workload.CommandProbes(probeBinary, "health").Of(corev1.ContainerArgs{
		Name: pulumi.String("probe"), Image: app.Ref, Env: vars,
		Resources: workload.Resources("10m", "16Mi", "500m", "64Mi"),
	}), nil
}
