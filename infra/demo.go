package main

import (
	"context"
	"errors"
	"net/netip"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/database"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/lab"
	"example.com/kubernetes-networking/infra/microservice"
	"example.com/kubernetes-networking/infra/namespace"
	"example.com/kubernetes-networking/infra/networkpolicy"
	"example.com/kubernetes-networking/infra/preflight"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/sidecar"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// cluster is what the program reads from the cluster. *api.Server implements it.
type cluster interface {
	APIServers(ctx context.Context) ([]netip.AddrPort, error)
	NodeAddress(ctx context.Context) (string, error)
	Architectures(ctx context.Context) ([]string, error)
	rollout.Cluster
}

// serviceDatabase is a database of the stack or an external one.
type serviceDatabase interface {
	Connection() contract.Database[env.Value]
}

// Demo declares the components of the demo with the stack's configuration, so that function demo shows only how they
// differ.
type Demo struct {
	ctx       *pulumi.Context
	stack     config.Config
	builder   image.Builder
	cluster   cluster // nil in a preview without a cluster
	namespace *namespace.Namespace
	rollout   rollout.Rollout
	fault     *lab.Fault

	// pods is the DNS name that resolves to the address of every Pod.
	pods pulumi.StringOutput
	// endpoints are the Services, in the order of their declaration.
	endpoints []*endpoint.Endpoint
	// targets are the URLs of the Services and the external databases, which the Pods may measure.
	targets pulumi.StringArray

	postgres *image.Image
	// pullSecrets hold the nodes' credentials for the image registry; empty for none.
	pullSecrets corev1.LocalObjectReferenceArray
	// failed joins the errors of all components. None of the components is usable if it is not nil.
	failed error
}

// newDemo declares the namespace, and what the components share.
func newDemo(ctx *pulumi.Context, stack config.Config, builder image.Builder, cluster cluster) (*Demo, error) {
	fault := &lab.Fault{Lab: stack.Lab, Caller: names.orders, Callee: names.products, Database: names.productsDatabase}
	if err := fault.Apply(ctx); err != nil {
		return nil, err
	}
	d := &Demo{ctx: ctx, stack: stack, builder: builder, cluster: cluster, fault: fault}
	clusterID := d.read(func(ctx context.Context) (any, error) { return preflight.ClusterID(ctx, cluster) })
	ns, err := namespace.New(ctx, stack.Namespace, namespace.Args{
		Kubeconfig: stack.Kubeconfig, Context: stack.Context, RetainData: stack.RetainData,
		Cluster: clusterID.ApplyT(func(id any) string { return id.(string) }).(pulumi.StringOutput),
	})
	if err != nil {
		return nil, err
	}
	d.namespace = ns
	if err := fault.Name(ctx, ns.Name, pulumi.Parent(ns)); err != nil {
		return nil, err
	}
	if d.pods, err = endpoint.NewPods(ctx, names.pods, ns.Name, workload.EveryPod(), pulumi.Parent(ns)); err != nil {
		return nil, err
	}
	if stack.ImagePullSecret.IsSet() {
		content := stack.ImagePullSecret.Output()
		d.pullSecrets, err = image.NewPullSecret(ctx, "image-pull", ns.Name, content, pulumi.Parent(ns))
	}
	return d, err
}

func (d *Demo) service(name string) *microservice.Microservice {
	service, err := microservice.New(d.ctx, name, microservice.Args{
		Namespace: d.namespace.Name, Type: d.stack.ServiceType, Replicas: d.stack.Replicas,
		Builder: d.builder, PullSecrets: d.pullSecrets, Rollout: &d.rollout, Missing: d.fault.Missing(name),
	}, pulumi.Parent(d.namespace))
	if d.ok(err) {
		d.add(service.Endpoint)
	}
	return service
}

// database returns the owner's database: the external one, or a new one if external is nil.
func (d *Demo) database(name string, owner *microservice.Microservice, external *config.DSN) serviceDatabase {
	if d.failed != nil {
		return nil
	}
	if external != nil {
		found, err := database.NewExternal(d.ctx, name, database.ExternalArgs{
			Namespace: d.namespace.Name, Replicas: d.stack.Replicas, DSN: *external,
		}, pulumi.Parent(d.namespace))
		if d.ok(err) {
			d.targets = append(d.targets, pulumi.String(found.Target()))
		}
		return found
	}
	if d.postgres == nil {
		var err error
		d.postgres, err = image.NewPostgres(d.ctx, "postgres", d.stack.DatabaseImage, d.builder, pulumi.Parent(d.namespace))
		if !d.ok(err) {
			return nil
		}
	}
	server, err := database.New(d.ctx, name, database.Args{
		Namespace: d.namespace.Name, Owner: owner.Endpoint.Workload, Replicas: d.stack.Replicas, Image: d.postgres.Ref,
		Rollout: &d.rollout, PullSecrets: d.pullSecrets,
		StorageClass: d.stack.StorageClass, Storage: d.stack.DatabaseStorage, RetainData: d.stack.RetainData,
	}, pulumi.Parent(d.namespace))
	if d.ok(err) {
		d.add(server.Endpoint)
	}
	return server
}

// sidecarPod returns the explorer's Pod, which has a second Service for traces.
func (d *Demo) sidecarPod(name, traces string) *sidecar.Pod {
	pod, err := sidecar.New(d.ctx, name, sidecar.Args{
		Namespace: d.namespace.Name, Type: d.stack.ServiceType, Traces: traces,
		Builder: d.builder, PullSecrets: d.pullSecrets, Rollout: &d.rollout,
	}, pulumi.Parent(d.namespace))
	if d.ok(err) {
		d.add(pod.Endpoint)
		d.add(pod.Traces)
	}
	return pod
}

// isolate allows the calls in the namespace, and denies everything else.
func (d *Demo) isolate(calls topology.Graph) error {
	return networkpolicy.Declare(d.ctx, networkpolicy.Args{
		Namespace: d.namespace.Name, Graph: calls, PodNetwork: d.stack.PodNetwork, DNSAddress: d.stack.DNSAddress,
	}, pulumi.Parent(d.namespace))
}

// read returns what a request to the cluster returns. The output is unknown in a preview without a cluster, and in one
// whose request fails.
func (d *Demo) read(request func(context.Context) (any, error)) pulumi.Output {
	output, resolve, reject := d.ctx.NewOutput()
	go func() {
		if d.cluster == nil {
			resolve(pulumi.UnsafeUnknownOutput(nil))
		} else if found, err := request(d.ctx.Context()); err != nil && d.ctx.DryRun() {
			resolve(pulumi.UnsafeUnknownOutput(nil))
		} else if err != nil {
			reject(err)
		} else {
			resolve(found)
		}
	}()
	return output
}

// ok keeps the error and reports whether it is nil.
func (d *Demo) ok(err error) bool {
	d.failed = errors.Join(d.failed, err)
	return err == nil
}

func (d *Demo) add(service *endpoint.Endpoint) {
	d.endpoints = append(d.endpoints, service)
	d.targets = append(d.targets, service.URL)
}

// workloads returns the workloads behind the Services.
func (d *Demo) workloads() []*topology.Workload {
	var all []*topology.Workload
	for _, service := range d.endpoints {
		all = append(all, service.Workload)
	}
	return all
}
