package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/database"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/microservice"
	"example.com/kubernetes-networking/infra/namespace"
	"example.com/kubernetes-networking/infra/sidecar"
)

// parts declares the parts of the demo with what the stack's configuration says, so that demo shows only what differs
// between them.
type parts struct {
	ctx       *pulumi.Context
	stack     config.Config
	builder   image.Builder
	namespace *namespace.Namespace

	postgres *image.Image
	// services is a summary of each Service by its name.
	services pulumi.Map
	// failed collects the errors of all parts; the parts themselves are not usable then.
	failed error
}

func (p *parts) service(name string) *microservice.Microservice {
	service, err := microservice.New(p.ctx, name, microservice.Args{
		Namespace: p.namespace.Name, Type: p.stack.ServiceType, Replicas: p.stack.Replicas, Builder: p.builder,
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.summarise(name, service.Endpoint)
	}
	return service
}

func (p *parts) database(name, owner string) *database.Database {
	if p.postgres == nil {
		var err error
		p.postgres, err = image.NewPostgres(p.ctx, "postgres", p.stack.DatabaseImage, p.builder, pulumi.Parent(p.namespace))
		if !p.note(err) {
			return nil
		}
	}
	server, err := database.New(p.ctx, name, database.Args{
		Namespace: p.namespace.Name, Owner: owner, Replicas: p.stack.Replicas, Image: p.postgres.Ref,
		StorageClass: p.stack.StorageClass, Storage: p.stack.DatabaseStorage,
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.summarise(name, server.Endpoint)
	}
	return server
}

func (p *parts) sidecarPod(name string) *sidecar.Pod {
	pod, err := sidecar.New(p.ctx, name, sidecar.Args{
		Namespace: p.namespace.Name, Type: p.stack.ServiceType, Builder: p.builder,
	}, pulumi.Parent(p.namespace))
	if p.note(err) {
		p.summarise(name, pod.Endpoint)
	}
	return pod
}

// telemetry is what every service tells about itself, and where.
func (p *parts) telemetry() contract.Telemetry[env.Value] {
	return contract.Telemetry[env.Value]{
		LogLevel:     env.Text(pulumi.String(p.stack.LogLevel)),
		OTLPEndpoint: env.Text(pulumi.String(p.stack.OTLPEndpoint)),
	}
}

// note keeps the error and reports whether there was none.
func (p *parts) note(err error) bool {
	p.failed = errors.Join(p.failed, err)
	return err == nil
}

func (p *parts) summarise(name string, at *endpoint.Endpoint) {
	if p.services == nil {
		p.services = pulumi.Map{}
	}
	p.services[name] = at.Summary()
}
