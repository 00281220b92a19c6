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
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/preflight"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/sidecar"
	"example.com/kubernetes-networking/infra/workload"
)

// cluster is what the program has to ask the cluster; *api.Server is the real one.
type cluster interface {
	APIServers(ctx context.Context) ([]netip.AddrPort, error)
	NodeAddress(ctx context.Context) (string, error)
	Architectures(ctx context.Context) ([]string, error)
	Claims(ctx context.Context, namespace, labels string) ([]string, error)
	rollout.Cluster
}

// ownDatabase is one that the stack makes, or one that it finds.
type ownDatabase interface {
	Connection() contract.Database[env.Value]
}

// parts declares the parts of the demo with what the stack's configuration says, so that demo shows only what differs
// between them.
type parts struct {
	ctx       *pulumi.Context
	stack     config.Config
	builder   image.Builder
	cluster   cluster // nil in a preview without a cluster
	namespace *namespace.Namespace
	network   *policy.Network
	rollout   rollout.Rollout

	// scene is how the demo is broken on purpose.
	scene *lab.Scene
	// pods is the name that leads to every Pod.
	pods pulumi.StringOutput
	// targets are what may be measured of that which the parts have made.
	targets pulumi.StringArray

	postgres *image.Image
	// pullSecrets are what the nodes pull the images with; empty for nothing.
	pullSecrets corev1.LocalObjectReferenceArray
	// services and clusterIPs are the URL inside of the cluster and the address of each Service, by its name.
	services, clusterIPs pulumi.Map
	// failed collects the errors of all parts; the parts themselves are not usable then.
	failed error
}

// newParts declares the namespace, which everything else is in.
func newParts(ctx *pulumi.Context, stack config.Config, builder image.Builder, cluster cluster) (*parts, error) {
	scene := &lab.Scene{Lab: stack.Lab, Caller: names.orders, Callee: names.products, Database: names.productsDatabase}
	if err := scene.Break(ctx); err != nil {
		return nil, err
	}
	in := &parts{
		ctx: ctx, stack: stack, builder: builder, cluster: cluster,
		network: &policy.Network{PodNetwork: stack.PodNetwork, DNSAddress: stack.DNSAddress}, scene: scene,
		services: pulumi.Map{}, clusterIPs: pulumi.Map{},
	}
	clusterID := in.ask(func(ctx context.Context) (any, error) { return preflight.ClusterID(ctx, cluster) })
	ns, err := namespace.New(ctx, stack.Namespace, namespace.Args{
		Kubeconfig: stack.Kubeconfig, Context: stack.Context, RetainData: stack.RetainData,
		Cluster: clusterID.ApplyT(func(id any) string { return id.(string) }).(pulumi.StringOutput),
	})
	if err != nil {
		return nil, err
	}
	in.namespace = ns
	if err := scene.Name(ctx, ns.Name, pulumi.Parent(ns)); err != nil {
		return nil, err
	}
	if in.pods, err = endpoint.NewPods(ctx, names.pods, ns.Name, workload.EveryPod(), pulumi.Parent(ns)); err != nil {
		return nil, err
	}
	if stack.ImagePullSecret.IsSet() {
		in.pullSecrets, err = image.NewPullSecret(ctx, "image-pull", ns.Name, stack.ImagePullSecret.Output(), pulumi.Parent(ns))
	}
	return in, err
}

func (p *parts) service(name string) *microservice.Microservice {
	service, err := microservice.New(p.ctx, name, microservice.Args{
		Namespace: p.namespace.Name, Type: p.stack.ServiceType, Replicas: p.stack.Replicas,
		Builder: p.builder, PullSecrets: p.pullSecrets, Network: p.network, Rollout: &p.rollout, Missing: p.scene.Missing(name),
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.add(name, service.Endpoint)
	}
	return service
}

// database is the owner's: the external one, or one that the stack makes where external is nil.
func (p *parts) database(name string, owner *microservice.Microservice, external *config.DSN) ownDatabase {
	if p.failed != nil {
		return nil
	}
	if external != nil {
		found, err := database.NewExternal(p.ctx, name, database.ExternalArgs{
			Namespace: p.namespace.Name, Replicas: p.stack.Replicas, DSN: *external,
		}, pulumi.Parent(p.namespace))
		if p.note(err) {
			p.targets = append(p.targets, pulumi.String(found.Target()))
		}
		return found
	}
	if p.postgres == nil {
		var err error
		p.postgres, err = image.NewPostgres(p.ctx, "postgres", p.stack.DatabaseImage, p.builder, pulumi.Parent(p.namespace))
		if !p.note(err) {
			return nil
		}
	}
	server, err := database.New(p.ctx, name, database.Args{
		Namespace: p.namespace.Name, Owner: owner.Endpoint.Workload, Replicas: p.stack.Replicas, Image: p.postgres.Ref, Rollout: &p.rollout,
		PullSecrets: p.pullSecrets, StorageClass: p.stack.StorageClass, Storage: p.stack.DatabaseStorage, RetainData: p.stack.RetainData,
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.add(name, server.Endpoint)
	}
	return server
}

// sidecarPod has a second Service, for traces, and is the only one that may have the others measure.
func (p *parts) sidecarPod(name, traces string) *sidecar.Pod {
	pod, err := sidecar.New(p.ctx, name, sidecar.Args{
		Namespace: p.namespace.Name, Type: p.stack.ServiceType, Traces: traces,
		Builder: p.builder, PullSecrets: p.pullSecrets, Network: p.network, Rollout: &p.rollout,
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.add(name, pod.Endpoint)
		p.add(traces, pod.Traces)
		p.network.Observer = pod.Endpoint.Workload
	}
	return pod
}

// externalURL is where the Service is reached from outside of the cluster.
func (p *parts) externalURL(of *endpoint.Endpoint) pulumi.StringOutput {
	if p.stack.ServiceType != "NodePort" {
		return of.ExternalURL(pulumi.String(""))
	}
	node := p.ask(func(ctx context.Context) (any, error) { return p.cluster.NodeAddress(ctx) })
	return of.ExternalURL(node.ApplyT(func(address any) string { return address.(string) }).(pulumi.StringOutput))
}

// ask is the cluster's answer to a question; unknown in a preview without a cluster, or with a user who may not ask.
func (p *parts) ask(question func(context.Context) (any, error)) pulumi.Output {
	answer, resolve, reject := p.ctx.NewOutput()
	go func() {
		if p.cluster == nil {
			resolve(pulumi.UnsafeUnknownOutput(nil))
		} else if found, err := question(p.ctx.Context()); err != nil && p.ctx.DryRun() {
			resolve(pulumi.UnsafeUnknownOutput(nil))
		} else if err != nil {
			reject(err)
		} else {
			resolve(found)
		}
	}()
	return answer
}

// note keeps the error and reports whether there was none.
func (p *parts) note(err error) bool {
	p.failed = errors.Join(p.failed, err)
	return err == nil
}

// add makes a Service known to the stack's outputs and to who measures, and its Pods to the network policies.
func (p *parts) add(name string, at *endpoint.Endpoint) {
	p.services[name], p.clusterIPs[name] = at.URL, at.ClusterIP
	p.targets = append(p.targets, at.URL)
	p.network.Add(at.Workload)
}
