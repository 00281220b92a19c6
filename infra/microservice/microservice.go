// Package microservice declares the demo's services: a Service, and the Deployment behind it.
package microservice

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/workload"
)

// servicePort is what callers use; 80 can be left out of a URL.
const servicePort = 80

const (
	// memoryLimit is where the kernel ends a container.
	memoryLimit = "96Mi"
	// memorySoftLimit is where Go collects garbage more often, so that it does not come to that (GOMEMLIMIT of package
	// runtime).
	memorySoftLimit = "80MiB"
)

// Microservice is a service in two steps: New gives it a name that others can call, Run the Pods that answer.
type Microservice struct {
	pulumi.ResourceState

	// Endpoint is where the service answers, known before its Pods are.
	Endpoint *endpoint.Endpoint

	name  string
	args  Args
	image *image.Image
}

// Args describe the service.
type Args struct {
	Namespace pulumi.StringInput
	// Type of the Service: LoadBalancer, NodePort or ClusterIP.
	Type     string
	Replicas int
	Builder  image.Builder
}

// New declares the Service and the image of the app of this name.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Microservice, error) {
	service := &Microservice{name: name, args: args}
	err := ctx.RegisterComponentResource("kubernetes-networking:microservice:Microservice", name, service, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the service %s: %w", name, err)
	}
	service.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace,
		Labels:    workload.Labels(name, workload.Service), Selector: workload.Selector(name),
		Type: args.Type, Port: servicePort, TargetPort: workload.PortName,
	}, pulumi.Parent(service))
	if err != nil {
		return nil, err
	}
	service.image, err = image.NewApp(ctx, name, args.Builder, pulumi.Parent(service))
	return service, err
}

// Port is where the app has to listen in its container.
func (m *Microservice) Port() env.Value { return env.Text(pulumi.Sprintf("%d", workload.Port)) }

// URL is where another service reaches this one. Writing it into that service's contract declares the call.
func (m *Microservice) URL() env.Value { return env.Text(m.Endpoint.URL) }

// Run declares the Deployment with the environment that the contract, a struct of apps/contract, holds. It does not
// wait for a database or a peer: the apps retry until those answer, so that everything starts at once.
func (m *Microservice) Run(ctx *pulumi.Context, contract any) error {
	vars, err := env.Vars(contract)
	if err != nil {
		return fmt.Errorf("environment of %s: %w", m.name, err)
	}
	vars = append(vars, corev1.EnvVarArgs{Name: pulumi.String("GOMEMLIMIT"), Value: pulumi.String(memorySoftLimit)})
	labels := workload.Labels(m.name, workload.Service)
	container := workload.HTTPProbes().Of(corev1.ContainerArgs{
		Name:      pulumi.String(m.name),
		Image:     m.image.Ref,
		Env:       vars,
		Ports:     workload.HTTPPorts(),
		Resources: workload.Resources("20m", "24Mi", "1", memoryLimit),
	})
	_, err = appsv1.NewDeployment(ctx, m.name, &appsv1.DeploymentArgs{
		Metadata: workload.Meta(m.args.Namespace, labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(m.args.Replicas),
			Selector: metav1.LabelSelectorArgs{MatchLabels: workload.Selector(m.name)},
			Strategy: appsv1.DeploymentStrategyArgs{
				// A new Pod is ready before an old one goes.
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxUnavailable: pulumi.Int(0), MaxSurge: pulumi.Int(1)},
			},
			Template: workload.Pod(workload.NonRoot, labels, corev1.PodSpecArgs{}, container),
		},
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("declare the Deployment %s: %w", m.name, err)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"url": m.Endpoint.URL, "image": m.image.Ref}); err != nil {
		return fmt.Errorf("declare the service %s: %w", m.name, err)
	}
	return nil
}
