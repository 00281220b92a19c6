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
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	servicePort = 80
	// ProbePort is where the probe listens, on the Pod's localhost.
	ProbePort = 8081
	// TracesPort is where the explorer takes traces, OTLP's own port for HTTP, on the Service and in its container.
	TracesPort = 4318
	tracesName = "otlp"

	probeBinary = "/ko-app/probe" // where ko puts the app "probe" in its image
)

const (
	// explorerMemory is where the kernel ends the explorer, which holds the cluster's state, the traces, and a page for each
	// of those who look.
	explorerMemory = "192Mi"
	// explorerSoftMemory is where Go collects garbage more often, so that it does not come to that.
	explorerSoftMemory = "160MiB"
)

// Pod is a Deployment of one Pod with the two containers, and the explorer's Service and rights. Like a service it is
// declared in two steps.
type Pod struct {
	pulumi.ResourceState

	// Endpoint is where the explorer answers, Traces where it takes traces.
	Endpoint, Traces *endpoint.Endpoint

	name string
	args Args
}

// Args describe the Pod.
type Args struct {
	Namespace pulumi.StringInput
	// Type of the explorer's Service: LoadBalancer, NodePort or ClusterIP.
	Type string
	// Traces is the name of the Service for traces, which is for the inside of the cluster alone.
	Traces  string
	Builder image.Builder
	// PullSecrets are what the images are pulled with; empty for nothing.
	PullSecrets corev1.LocalObjectReferenceArray
	// Network is told what the explorer calls.
	Network *policy.Network
	// Rollout waits for the Pod.
	Rollout *rollout.Rollout
}

// New declares the explorer's two Services.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Pod, error) {
	pod := &Pod{name: name, args: args}
	err := ctx.RegisterComponentResource("kubernetes-networking:sidecar:Pod", name, pod, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the sidecar Pod %s: %w", name, err)
	}
	pod.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace, Labels: workload.Labels(name, workload.Explorer), Selector: workload.Selector(name),
		Type: args.Type, Scheme: "http", Port: servicePort, TargetPort: workload.Port, TargetName: workload.PortName,
		Kind: contract.ExplorerNode,
	}, pulumi.Parent(pod))
	if err != nil {
		return nil, err
	}
	pod.Traces, err = endpoint.New(ctx, args.Traces, endpoint.Args{
		Namespace: args.Namespace, Labels: workload.Labels(args.Traces, workload.Explorer), Selector: workload.Selector(name),
		Type: "ClusterIP", Scheme: "http", Port: TracesPort, TargetPort: TracesPort, TargetName: tracesName,
		Kind: contract.CollectorNode, PodsOf: pod.Endpoint.Workload,
	}, pulumi.Parent(pod))
	return pod, err
}

// Port is where the explorer has to listen in its container.
func (*Pod) Port() env.Value { return env.Text(pulumi.Sprintf("%d", workload.Port)) }

// ProbePort is where the probe has to listen. It cannot be the explorer's: containers of a Pod share their ports.
func (*Pod) ProbePort() env.Value { return env.Text(pulumi.Sprintf("%d", ProbePort)) }

// TracesPort is where the explorer has to listen for traces.
func (*Pod) TracesPort() env.Value { return env.Text(pulumi.Sprintf("%d", TracesPort)) }

// TracesURL is where a service sends its traces. Writing it into that service's contract declares the call.
func (p *Pod) TracesURL() env.Value { return env.Call(p.Traces.URL, p.Traces.Workload) }

// ProbeURL is where the explorer reaches the probe, and nobody else does. It is no call: what goes over localhost leaves
// the Pod by no network, and no policy can stop it.
func (*Pod) ProbeURL() env.Value { return env.Text(pulumi.String(ProbeTarget())) }

// ProbeTarget is what is measured of the probe: from its own Pod alone, it is there.
func ProbeTarget() string { return fmt.Sprintf("http://localhost:%d", ProbePort) }

// Run declares the Pod of the apps that read these environments, and a service account that may read what the explorer
// draws in the one namespace.
func (p *Pod) Run(ctx *pulumi.Context, explorer, probe contract.Environment) error {
	inside := pulumi.Parent(p)
	labels := workload.Labels(p.name, workload.Explorer)
	account, err := newReader(ctx, p.name, p.args.Namespace, labels, inside)
	if err != nil {
		return err
	}
	explorerContainer, err1 := p.container(ctx, explorer, workload.SoftMemoryLimit(explorerSoftMemory))
	probeContainer, err2 := p.container(ctx, probe)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	explorerContainer.Ports = corev1.ContainerPortArray{workload.HTTPPort(), workload.TCPPort(tracesName, TracesPort)}
	explorerContainer.Resources = workload.Resources("20m", "32Mi", "1", explorerMemory)
	explorerContainer.VolumeMounts = corev1.VolumeMountArray{tokenMount()}
	probeContainer.Resources = workload.Resources("10m", "16Mi", "500m", "64Mi")
	health := []string{probeBinary, "health"}
	deployment, err := appsv1.NewDeployment(ctx, p.name, &appsv1.DeploymentArgs{
		Metadata: workload.Awaited(p.name, p.args.Namespace, labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(1),
			Selector: metav1.LabelSelectorArgs{MatchLabels: workload.Selector(p.name)},
			Strategy: appsv1.DeploymentStrategyArgs{Type: pulumi.String("RollingUpdate")},
			Template: workload.Pod(workload.NonRoot, labels,
				corev1.PodSpecArgs{ServiceAccountName: account, Volumes: corev1.VolumeArray{token()}, ImagePullSecrets: p.args.PullSecrets},
				workload.HTTPProbes().Of(explorerContainer),
				// The kubelet is outside of the Pod and cannot reach its localhost: it runs a command in the container.
				workload.CommandProbes(health, health...).Of(probeContainer)),
		},
	}, inside)
	if err != nil {
		return fmt.Errorf("declare the Deployment %s: %w", p.name, err)
	}
	p.args.Rollout.Deployment(p.name, deployment, nil)
	if err := ctx.RegisterResourceOutputs(p, pulumi.Map{"url": p.Endpoint.URL}); err != nil {
		return fmt.Errorf("declare the sidecar Pod %s: %w", p.name, err)
	}
	return nil
}

// container runs the app that reads this environment and these variables beside it, and declares what it calls.
func (p *Pod) container(
	ctx *pulumi.Context, environment contract.Environment, beside ...corev1.EnvVarInput,
) (corev1.ContainerArgs, error) {
	rendered, err := env.Render(environment)
	if err != nil {
		return corev1.ContainerArgs{}, fmt.Errorf("environment of %s: %w", environment.App(), err)
	}
	if err := p.args.Network.Call(p.Endpoint.Workload, rendered.Calls...); err != nil {
		return corev1.ContainerArgs{}, err
	}
	app, err := image.NewApp(ctx, environment.App(), p.args.Builder, pulumi.Parent(p))
	if err != nil {
		return corev1.ContainerArgs{}, err
	}
	vars := append(rendered.Vars(), beside...)
	return corev1.ContainerArgs{Name: pulumi.String(environment.App()), Image: app.Ref, Env: vars}, nil
}
