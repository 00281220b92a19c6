// Package sidecar declares the Pod that shows communication inside of a Pod: two containers that talk over localhost.
// The explorer is a web page, which a Service exposes. The probe has no Service and listens on 127.0.0.1 only, so that
// only the explorer reaches it.
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
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	servicePort = 80
	// ProbePort is the port of the probe, on the Pod's localhost.
	ProbePort = 8081
	// TracesPort is the explorer's port for traces on its Service and in its container: OTLP's own port for HTTP.
	TracesPort = 4318
	tracesName = "otlp"

	probeBinary = "/ko-app/probe" // ko's path for the app "probe" in its image
)

const (
	// The kernel kills the explorer above explorerMemory. It holds the cluster's state, the traces, and a page for each
	// visitor.
	explorerMemory = "192Mi"
	// Above explorerSoftMemory, Go collects garbage more often, to stay below explorerMemory.
	explorerSoftMemory = "160MiB"
)

// Pod is a Deployment of one Pod with the two containers, and the explorer's Services and rights. New declares the
// Services, and Deploy the rest.
type Pod struct {
	pulumi.ResourceState

	// Endpoint is the address of the explorer's page, and Traces its address for traces.
	Endpoint, Traces *endpoint.Endpoint

	name string
	args Args
}

// Args describe the Pod.
type Args struct {
	Namespace pulumi.StringInput
	// Type of the explorer's Service: LoadBalancer, NodePort or ClusterIP.
	Type string
	// Traces is the name of the Service for traces, which only the inside of the cluster reaches.
	Traces  string
	Builder image.Builder
	// PullSecrets hold the credentials for the images' registry; empty for none.
	PullSecrets corev1.LocalObjectReferenceArray
	// Rollout waits for the Pod and the address of the load balancer.
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
		Kind: contract.ExplorerNode, Rollout: args.Rollout,
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

// Port returns the port that the explorer listens on in its container.
func (*Pod) Port() env.Value { return env.Text(pulumi.Sprintf("%d", workload.Port)) }

// ProbePort returns the port that the probe listens on. The containers of a Pod share their ports, so that the
// explorer's is taken.
func (*Pod) ProbePort() env.Value { return env.Text(pulumi.Sprintf("%d", ProbePort)) }

// TracesPort returns the port that the explorer accepts traces on.
func (*Pod) TracesPort() env.Value { return env.Text(pulumi.Sprintf("%d", TracesPort)) }

// TracesURL returns the address for traces, for the environments of the services.
func (p *Pod) TracesURL() env.Value { return env.Address(p.Traces.URL, p.Traces.Workload) }

// ProbeURL returns the probe's address for the explorer. It declares no call: a connection over localhost does not
// leave the Pod, so that no policy applies to it.
func (*Pod) ProbeURL() env.Value { return env.Text(pulumi.String(ProbeTarget())) }

// ProbeTarget returns the URL of the probe that is measured. It answers in the probe's own Pod only.
func ProbeTarget() string { return fmt.Sprintf("http://localhost:%d", ProbePort) }

// Calls returns the calls of the explorer, given its environment.
func (p *Pod) Calls(explorer contract.Environment) []topology.Call {
	return env.Calls(p.Endpoint.Workload, explorer)
}

// Deploy declares the Pod of the apps that read these environments, and a service account that can read the objects
// that the explorer shows, in this namespace only.
func (p *Pod) Deploy(ctx *pulumi.Context, explorer, probe contract.Environment) error {
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
	deployment, err := appsv1.NewDeployment(ctx, p.name, &appsv1.DeploymentArgs{
		Metadata: workload.Awaited(p.name, p.args.Namespace, labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(1),
			Selector: metav1.LabelSelectorArgs{MatchLabels: workload.Selector(p.name)},
			Strategy: appsv1.DeploymentStrategyArgs{Type: pulumi.String("RollingUpdate")},
			Template: workload.Pod(workload.NonRoot, labels,
				corev1.PodSpecArgs{
					ServiceAccountName: account, Volumes: corev1.VolumeArray{token()}, ImagePullSecrets: p.args.PullSecrets,
				},
				workload.HTTPProbes().Of(explorerContainer),
				// The kubelet cannot reach the Pod's localhost, so that it runs a command in the container.
				workload.CommandProbes(probeBinary, "health").Of(probeContainer)),
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

// container returns a container of the app that reads this environment, with extra variables.
func (p *Pod) container(
	ctx *pulumi.Context, environment contract.Environment, extra ...corev1.EnvVarInput,
) (corev1.ContainerArgs, error) {
	vars, err := env.Vars(environment)
	if err != nil {
		return corev1.ContainerArgs{}, fmt.Errorf("environment of %s: %w", environment.App(), err)
	}
	app, err := image.NewApp(ctx, environment.App(), p.args.Builder, pulumi.Parent(p))
	if err != nil {
		return corev1.ContainerArgs{}, err
	}
	return corev1.ContainerArgs{Name: pulumi.String(environment.App()), Image: app.Ref, Env: append(vars, extra...)}, nil
}
