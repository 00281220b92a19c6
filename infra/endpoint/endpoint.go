// Package endpoint declares Services and returns their addresses.
//
// An Endpoint depends on its Service only, not on the Pods behind it. Therefore two workloads can call each other: both
// Services are declared first, then both Deployments, each with the other's Endpoint in its environment.
package endpoint

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// Endpoint is the address of a Service. Every part of it comes from the Service's own outputs.
type Endpoint struct {
	// Host is the DNS name that every namespace resolves: <service>.<namespace>.svc. The search list in a Pod adds the
	// cluster's domain.
	Host pulumi.StringOutput
	// Port is the Service's port.
	Port pulumi.IntOutput
	// URL is <scheme>://Host:Port for use inside the cluster.
	URL pulumi.StringOutput
	// ClusterIP is the Service's virtual address; unknown in a preview that creates the Service, and empty if
	// Args.Missing leaves it out.
	ClusterIP pulumi.StringOutput
	// Workload describes the Pods behind the Service.
	Workload *topology.Workload

	name     pulumi.StringOutput
	service  *corev1.Service     // nil if Args.Missing leaves it out
	external pulumi.StringOutput // the address of the load balancer; empty if there is none
	preview  bool
}

// Args describe a Service with one TCP port.
type Args struct {
	Namespace pulumi.StringInput
	// Labels of the Service, and Selector for its Pods.
	Labels, Selector pulumi.StringMap
	// Type is LoadBalancer, NodePort or ClusterIP.
	Type string
	// Scheme of the URL: http or postgresql.
	Scheme string
	Port   int
	// TargetPort is the container's port, and TargetName its name.
	TargetPort int
	TargetName string
	// Owner is the only workload that may call this one; nil if any may.
	Owner *topology.Workload
	// Kind is the role of the Service in the topology.
	Kind contract.Kind
	// ProbePort is the port where the Pods serve the explorer's probes; 0 if they do not.
	ProbePort int
	// PodsOf is the workload that has the Pods, if this is a second Service in front of them; nil otherwise.
	PodsOf *topology.Workload
	// Missing leaves out the Service. Callers keep its name and URL.
	Missing bool
	// Rollout waits for the address of a Service of type LoadBalancer. Other types may leave it nil.
	Rollout *rollout.Rollout
}

// New declares a Service with exactly this name, because people type it.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Endpoint, error) {
	e := &Endpoint{
		name: pulumi.String(name).ToStringOutput(), Host: pulumi.Sprintf("%s.%s.svc", name, args.Namespace),
		Port: pulumi.Int(args.Port).ToIntOutput(), ClusterIP: pulumi.String("").ToStringOutput(),
		external: pulumi.String("").ToStringOutput(), preview: ctx.DryRun(),
	}
	if !args.Missing {
		if err := e.declare(ctx, name, args, opts...); err != nil {
			return nil, err
		}
	}
	e.URL = pulumi.Sprintf("%s://%s:%d", args.Scheme, e.Host, e.Port)
	e.Workload = &topology.Workload{
		Name: name, Service: e.name, ServicePort: e.Port, URL: e.URL, Kind: args.Kind,
		Pods: args.Selector, PodsOf: args.PodsOf, Port: args.TargetPort, ProbePort: args.ProbePort,
		Public: args.Type != "ClusterIP", Owner: args.Owner,
	}
	return e, nil
}

// declare declares the Service, and sets the endpoint's fields to its outputs.
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
	if e.preview {
		e.ClusterIP = stored(service)
	}
	if args.Type == "LoadBalancer" && args.Rollout != nil {
		e.external = args.Rollout.LoadBalancer(ctx, name, service)
	}
	return nil
}

// stored returns the ClusterIP of a Service in a preview; unknown for a new Service. The API server's dry run allocates
// an address for a new Service, which the update does not use. A new Service has no resource version.
func stored(service *corev1.Service) pulumi.StringOutput {
	state := pulumi.All(service.Metadata.ResourceVersion(), service.Spec.ClusterIP())
	return state.ApplyT(func(all []any) pulumi.StringOutput {
		version, _ := all[0].(*string)
		address, _ := all[1].(*string)
		if version == nil || *version == "" || address == nil {
			return unknown()
		}
		return pulumi.String(*address).ToStringOutput()
	}).(pulumi.StringOutput)
}

func unknown() pulumi.StringOutput {
	return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
}

// annotations makes the provider return once the Service is stored. By default it waits until ten seconds after the
// Pods are ready. Package rollout waits for Pods and for the addresses of load balancers. The provider still waits
// until a deleted load balancer is gone, up to 120 s.
func annotations(serviceType string) pulumi.StringMap {
	all := workload.Applied()
	if serviceType == "LoadBalancer" {
		all["pulumi.com/waitFor"] = pulumi.String("jsonpath={.metadata.uid}")
		all["pulumi.com/timeoutSeconds"] = pulumi.String("120")
	} else {
		all["pulumi.com/skipAwait"] = pulumi.String("true")
	}
	return all
}

// ExternalURL returns the URL of the Service outside of the cluster: at its load balancer, or at its port on this node,
// which is the same on every node. A Service of type ClusterIP has its URL inside of the cluster only. The URL is empty
// if the Service is missing, and unknown in a preview if the address of the load balancer is.
func (e *Endpoint) ExternalURL(node pulumi.StringInput) pulumi.StringOutput {
	if e.service == nil {
		return pulumi.String("").ToStringOutput()
	}
	state := pulumi.All(e.service.Spec, e.service.Status, e.URL, node, e.external)
	return state.ApplyT(func(all []any) pulumi.StringOutput {
		spec, status := all[0].(corev1.ServiceSpec), all[1].(*corev1.ServiceStatus)
		external := cmp.Or(all[4].(string), ingress(status))
		if e.preview && external == "" && spec.Type != nil && *spec.Type == "LoadBalancer" {
			return unknown()
		}
		return pulumi.String(externalURL(spec, external, all[2].(string), all[3].(string))).ToStringOutput()
	}).(pulumi.StringOutput)
}

// ingress returns the address in the state of the Service; empty for none. The state has one only if the last update or
// refresh found one: use it in a preview without a cluster.
func ingress(status *corev1.ServiceStatus) string {
	if status == nil || status.LoadBalancer == nil {
		return ""
	}
	for _, ingress := range status.LoadBalancer.Ingress {
		for _, address := range []*string{ingress.Ip, ingress.Hostname} {
			if address != nil && *address != "" {
				return *address
			}
		}
	}
	return ""
}

func externalURL(spec corev1.ServiceSpec, external, inCluster, node string) string {
	if len(spec.Ports) == 0 || spec.Type == nil {
		return inCluster
	}
	port := spec.Ports[0]
	switch {
	case *spec.Type == "LoadBalancer" && external != "":
		return httpURL(external, port.Port)
	case *spec.Type == "NodePort" && port.NodePort != nil:
		return httpURL(node, *port.NodePort)
	}
	return inCluster
}

// httpURL leaves out the port if it is 80.
func httpURL(host string, port int) string {
	return "http://" + strings.TrimSuffix(net.JoinHostPort(host, strconv.Itoa(port)), ":80")
}

// Name returns the Service's name.
func (e *Endpoint) Name() pulumi.StringOutput { return e.name }
