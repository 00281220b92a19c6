// Package microservice declares the demo's services: a Service, and the Deployment behind it.
package microservice

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// servicePort is the Service's port. A URL can leave out 80.
const servicePort = 80

const (
	// The kernel kills a container above memoryLimit.
	memoryLimit = "96Mi"
	// Above memorySoftLimit, Go collects garbage more often, to stay below memoryLimit.
	memorySoftLimit = "80MiB"
)

// Microservice is a Service, and the Deployment behind it. New declares the Service, which others can call then. Deploy
// declares the Pods.
type Microservice struct {
	pulumi.ResourceState

	// Endpoint is the address of the Service.
	Endpoint *endpoint.Endpoint

	name string
	args Args
}

// Args describe the service.
type Args struct {
	Namespace pulumi.StringInput
	// Type of the Service: LoadBalancer, NodePort or ClusterIP.
	Type     string
	Replicas int
	Builder  image.Builder
	// PullSecrets hold the credentials for the image's registry; empty for none.
	PullSecrets corev1.LocalObjectReferenceArray
	// Rollout waits for the Pods and the address of the load balancer.
	Rollout *rollout.Rollout
	// Missing leaves out the Service. Callers keep its name and URL. A lab sets it.
	Missing bool
}

// New declares the Service.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Microservice, error) {
	service := &Microservice{name: name, args: args}
	err := ctx.RegisterComponentResource("kubernetes-networking:microservice:Microservice", name, service, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the service %s: %w", name, err)
	}
	service.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace,
		Labels:    workload.Labels(name, workload.Service), Selector: workload.Selector(name),
		Type: args.Type, Scheme: "http", Port: servicePort, TargetPort: workload.Port, TargetName: workload.PortName,
		Kind: contract.ServiceNode, ProbePort: workload.ProbePort, Missing: args.Missing, Rollout: args.Rollout,
	}, pulumi.Parent(service))
	return service, err
}

// Port returns the port that the app listens on in its container.
func (m *Microservice) Port() env.Value { return env.Text(pulumi.Sprintf("%d", workload.Port)) }

// URL returns the address of the service for the environments of its callers.
func (m *Microservice) URL() env.Value { return env.Address(m.Endpoint.URL, m.Endpoint.Workload) }

// Calls returns the calls of the service, given the environment of its app.
func (m *Microservice) Calls(environment contract.Environment) []topology.Call {
	return env.Calls(m.Endpoint.Workload, environment)
}

// Deploy declares the Deployment of the app that reads this environment. It does not depend on a database or a peer:
// the apps retry until those answer, so that everything starts at once.
func (m *Microservice) Deploy(ctx *pulumi.Context, environment contract.Environment) error {
	vars, err := env.Vars(environment)
	if err != nil {
		return fmt.Errorf("environment of %s: %w", m.name, err)
	}
	app, err := image.NewApp(ctx, environment.App(), m.args.Builder, pulumi.Parent(m))
	if err != nil {
		return err
	}
	labels := workload.Labels(m.name, workload.Service)
	deployment, err := appsv1.NewDeployment(ctx, m.name, &appsv1.DeploymentArgs{
		Metadata: workload.Awaited(m.name, m.args.Namespace, labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(m.args.Replicas),
			Selector: metav1.LabelSelectorArgs{MatchLabels: workload.Selector(m.name)},
			Strategy: appsv1.DeploymentStrategyArgs{
				Type: pulumi.String("RollingUpdate"),
				// A new Pod is ready before an old one is deleted.
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxUnavailable: pulumi.Int(0), MaxSurge: pulumi.Int(1)},
			},
			Template: workload.Pod(workload.NonRoot, labels,
				corev1.PodSpecArgs{
					TopologySpreadConstraints: workload.Spread(m.name), ImagePullSecrets: m.args.PullSecrets,
				}, container(environment.App(), app, vars)),
		},
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("declare the Deployment %s: %w", m.name, err)
	}
	// A budget without Pods causes a warning event, so the budget comes after the Pods.
	m.args.Rollout.Deployment(m.name, deployment, func() error { return m.keepAvailable(ctx, labels) })
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"url": m.Endpoint.URL, "image": app.Ref}); err != nil {
		return fmt.Errorf("declare the service %s: %w", m.name, err)
	}
	return nil
}

func container(name string, app *image.Image, vars corev1.EnvVarArray) corev1.ContainerArgs {
	return workload.HTTPProbes().Of(corev1.ContainerArgs{
		Name:      pulumi.String(name),
		Image:     app.Ref,
		Env:       append(vars, workload.SoftMemoryLimit(memorySoftLimit)),
		Ports:     corev1.ContainerPortArray{workload.HTTPPort(), workload.TCPPort("probe", workload.ProbePort)},
		Resources: workload.Resources("20m", "24Mi", "1", memoryLimit),
	})
}

// keepAvailable declares a PodDisruptionBudget, so that a node drain evicts one Pod at a time. With a single replica
// the budget would only block the drain.
func (m *Microservice) keepAvailable(ctx *pulumi.Context, labels pulumi.StringMap) error {
	if m.args.Replicas == 1 {
		return nil
	}
	_, err := policyv1.NewPodDisruptionBudget(ctx, m.name, &policyv1.PodDisruptionBudgetArgs{
		Metadata: workload.Meta(m.name, m.args.Namespace, labels),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable: pulumi.Int(1),
			Selector:       metav1.LabelSelectorArgs{MatchLabels: workload.Selector(m.name)},
			// Pods that never became ready do not block a drain.
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"),
		},
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("declare the PodDisruptionBudget %s: %w", m.name, err)
	}
	return nil
}
