// Package endpoint declares Services, and says where they answer.
//
// An Endpoint exists before the Pods behind it do, and depends on nothing but the Service. So two workloads can call
// each other: both Services first, then both Deployments, each with the other's Endpoint in its environment.
package endpoint

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/workload"
)

// Endpoint is the address of a Service. Every part of it comes from the Service's own outputs.
type Endpoint struct {
	// Host is the name that cluster DNS resolves from any namespace: <service>.<namespace>.svc. The kubelet's search
	// list adds the cluster's domain to it.
	Host pulumi.StringOutput
	// Port is the Service's port.
	Port pulumi.IntOutput
	// URL is <scheme>://Host:Port for use inside the cluster.
	URL pulumi.StringOutput
	// ClusterIP is the Service's virtual address; unknown in a preview that creates the Service, and empty if it is missing.
	ClusterIP pulumi.StringOutput
	// Workload is what network policies know of the Pods behind the Service.
	Workload *policy.Workload

	name    pulumi.StringOutput
	service *corev1.Service // nil if it is missing
}

// Args describe a Service with one TCP port.
type Args struct {
	Namespace pulumi.StringInput
	// Labels of the Service; Selector are those that its Pods have.
	Labels, Selector pulumi.StringMap
	// Type is LoadBalancer, NodePort or ClusterIP.
	Type string
	// Scheme of the URL, which says what is expected there: http or postgresql.
	Scheme string
	Port   int
	// TargetPort is the container's port, and TargetName its name.
	TargetPort int
	TargetName string
	// Owner is the only workload that may call this one; nil if any may.
	Owner *policy.Workload
	// Kind is the role of the Service in the topology.
	Kind contract.Kind
	// MeasurePort is where the Pods are asked to measure; 0 if they cannot.
	MeasurePort int
	// PodsOf is the workload whose Pods these are, if this is a second Service in front of them; nil for none.
	PodsOf *policy.Workload
	// Missing leaves the Service out and keeps its name and URL, so that whoever calls it goes on asking for it.
	Missing bool
}

// New declares a Service with exactly this name: people type it, and DNS serves it.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Endpoint, error) {
	at := &Endpoint{
		name: pulumi.String(name).ToStringOutput(), Host: pulumi.Sprintf("%s.%s.svc", name, args.Namespace),
		Port: pulumi.Int(args.Port).ToIntOutput(), ClusterIP: pulumi.String("").ToStringOutput(),
	}
	if !args.Missing {
		if err := at.declare(ctx, name, args, opts...); err != nil {
			return nil, err
		}
	}
	at.URL = pulumi.Sprintf("%s://%s:%d", args.Scheme, at.Host, at.Port)
	at.Workload = &policy.Workload{
		Name: name, Service: at.name, ServicePort: at.Port, URL: at.URL, Kind: args.Kind,
		Pods: args.Selector, PodsOf: args.PodsOf, Port: args.TargetPort, MeasurePort: args.MeasurePort,
		Public: args.Type != "ClusterIP", Owner: args.Owner,
	}
	return at, nil
}

// declare makes the Service, and the endpoint's parts its outputs.
func (e *Endpoint) declare(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) error {
	service, err := corev1.NewService(ctx, name, &corev1.ServiceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name: pulumi.String(name), Namespace: args.Namespace, Labels: args.Labels, Annotations: annotations(args.Type),
		},
		Spec: corev1.ServiceSpecArgs{
			Type:     pulumi.String(args.Type),
			Selector: args.Selector,
			Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
				Name: pulumi.String(args.TargetName), Protocol: pulumi.String("TCP"),
				Port: pulumi.Int(args.Port), TargetPort: pulumi.String(args.TargetName),
			}},
		},
	}, opts...)
	if err != nil {
		return fmt.Errorf("declare the Service %s: %w", name, err)
	}
	e.service, e.name = service, service.Metadata.Name().Elem()
	e.Host = pulumi.Sprintf("%s.%s.svc", e.name, service.Metadata.Namespace().Elem())
	e.Port, e.ClusterIP = service.Spec.Ports().Index(pulumi.Int(0)).Port(), service.Spec.ClusterIP().Elem()
	if ctx.DryRun() {
		e.ClusterIP = stored(service)
	}
	return nil
}

// stored is the ClusterIP of a Service in a preview. The dry run of the API server allocates an address to a new one, which is
// not the address that it gets. A Service that is not stored has no resource version.
func stored(service *corev1.Service) pulumi.StringOutput {
	return pulumi.All(service.Metadata.ResourceVersion(), service.Spec.ClusterIP()).ApplyT(func(all []any) pulumi.StringOutput {
		version, _ := all[0].(*string)
		address, _ := all[1].(*string)
		if version == nil || *version == "" || address == nil {
			return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
		}
		return pulumi.String(*address).ToStringOutput()
	}).(pulumi.StringOutput)
}

// annotations say when a new Service counts as created. The provider's own answer is "ten seconds after its Pods are
// ready"; that the Pods are ready is what the Deployment's own await proves. Only the address of a load balancer is
// left to wait for, because the stack's outputs name it.
func annotations(serviceType string) pulumi.StringMap {
	all := workload.Applied()
	if serviceType == "LoadBalancer" {
		all["pulumi.com/waitFor"] = pulumi.String("jsonpath={.status.loadBalancer.ingress[0]}")
		all["pulumi.com/timeoutSeconds"] = pulumi.String("120")
	} else {
		all["pulumi.com/skipAwait"] = pulumi.String("true")
	}
	return all
}

// ExternalURL is where the Service answers outside of the cluster, as far as its type gives it an address there: the
// load balancer's; its port on this node, which is the same on every node; or only the cluster's own URL. It is empty if the
// Service is missing.
func (e *Endpoint) ExternalURL(node pulumi.StringInput) pulumi.StringOutput {
	if e.service == nil {
		return pulumi.String("").ToStringOutput()
	}
	return pulumi.All(e.service.Spec, e.service.Status, e.URL, node).ApplyT(func(all []any) string {
		return externalURL(all[0].(corev1.ServiceSpec), all[1].(*corev1.ServiceStatus), all[2].(string), all[3].(string))
	}).(pulumi.StringOutput)
}

func externalURL(spec corev1.ServiceSpec, status *corev1.ServiceStatus, inCluster, node string) string {
	if len(spec.Ports) == 0 || spec.Type == nil {
		return inCluster
	}
	port := spec.Ports[0]
	switch {
	case *spec.Type == "LoadBalancer" && status != nil && status.LoadBalancer != nil && len(status.LoadBalancer.Ingress) > 0:
		ingress := status.LoadBalancer.Ingress[0]
		for _, address := range []*string{ingress.Ip, ingress.Hostname} {
			if address != nil && *address != "" {
				return httpURL(*address, port.Port)
			}
		}
	case *spec.Type == "NodePort" && port.NodePort != nil:
		return httpURL(node, *port.NodePort)
	}
	return inCluster
}

// httpURL leaves out HTTP's own port, as people do.
func httpURL(host string, port int) string {
	return "http://" + strings.TrimSuffix(net.JoinHostPort(host, strconv.Itoa(port)), ":80")
}

// Name is the Service's name.
func (e *Endpoint) Name() pulumi.StringOutput { return e.name }
