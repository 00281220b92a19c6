// Package database declares the database of one service: a PostgreSQL server (New), or the credentials of an external
// database (NewExternal).
package database

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/connections"
	"example.com/kubernetes-networking/infra/deployed"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	// Port is the server's port in its Pod.
	Port     = 5432
	portName = "postgresql"
	// scheme of the URLs that are measured.
	scheme = "postgresql"

	// role is the owner of the database of the same name. Each server has one role and one database.
	role = "app"
)

// Database is a StatefulSet of one PostgreSQL server with a Service in front, a volume and a password of its own.
type Database struct {
	pulumi.ResourceState

	// Endpoint is the address of the Service.
	Endpoint *endpoint.Endpoint

	secret         pulumi.StringOutput // the name of the Secret
	maxConnections int
}

// Args describe the server.
type Args struct {
	Namespace pulumi.StringInput
	// Owner is the only service that may connect.
	Owner *topology.Workload
	// Replicas is the number of the owner's Pods, which share the server's connections.
	Replicas int
	// Image reads the same variables as the official PostgreSQL image.
	Image pulumi.StringInput
	// PullSecrets hold the credentials for the image's registry; empty for none.
	PullSecrets corev1.LocalObjectReferenceArray
	// StorageClass of the volume; empty for the cluster's default.
	StorageClass string
	// Storage is the volume's size, such as 1Gi.
	Storage string
	// Rollout waits for the server's Pod.
	Rollout *rollout.Rollout
	// RetainData keeps the volume and the password when the stack is destroyed.
	RetainData bool
}

// New declares the server. It depends on the namespace only.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Database, error) {
	database := &Database{maxConnections: connections.PerReplica(args.Replicas, 1)}
	err := ctx.RegisterComponentResource("kubernetes-networking:database:Database", name, database, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	inside := pulumi.Parent(database)
	labels := workload.Labels(name, workload.Database)
	database.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace, Labels: labels, Selector: workload.Selector(name),
		Type: "ClusterIP", Scheme: scheme, Port: Port, TargetPort: Port, TargetName: portName,
		Owner: args.Owner, Kind: contract.DatabaseNode,
	}, inside)
	if err != nil {
		return nil, err
	}
	secret, err := newPassword(ctx, name, args.Namespace, labels, inside, pulumi.Protect(args.RetainData))
	if err != nil {
		return nil, err
	}
	database.secret = secret.Metadata.Name().Elem()
	claim, err := newClaim(ctx, name, args, labels, inside, pulumi.Protect(args.RetainData))
	if err != nil {
		return nil, err
	}
	server, err := appsv1.NewStatefulSet(ctx, name, &appsv1.StatefulSetArgs{
		Metadata: workload.Awaited(name, args.Namespace, labels),
		Spec: appsv1.StatefulSetSpecArgs{
			ServiceName: database.Endpoint.Name(),
			Replicas:    pulumi.Int(1),
			// With OrderedReady, a Pod that never becomes ready is not replaced, even if an update corrects its image:
			// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback.
			PodManagementPolicy: pulumi.String("Parallel"),
			Selector:            metav1.LabelSelectorArgs{MatchLabels: workload.Selector(name)},
			Template:            pod(args, labels, database.secret, claim.Metadata.Name().Elem()),
			UpdateStrategy:      appsv1.StatefulSetUpdateStrategyArgs{Type: pulumi.String("RollingUpdate")},
		},
	}, inside)
	if err != nil {
		return nil, fmt.Errorf("declare the StatefulSet %s: %w", name, err)
	}
	args.Rollout.StatefulSet(name, server)
	err = ctx.RegisterResourceOutputs(database, pulumi.Map{
		"host": database.Endpoint.Host, "port": database.Endpoint.Port,
		deployed.RetainedOutput: deployed.Retained(args.RetainData, secret, claim),
	})
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	return database, nil
}

// Connection returns the database's part of the owner's environment.
func (d *Database) Connection() contract.Database[env.Value] {
	return contract.Database[env.Value]{
		Host:     env.Address(d.Endpoint.Host, d.Endpoint.Workload),
		Port:     env.Text(pulumi.Sprintf("%d", d.Endpoint.Port)),
		Name:     env.Text(pulumi.String(role)),
		User:     env.Text(pulumi.String(role)),
		Password: env.SecretKey(d.secret, passwordKey),
		// The server has no certificate: connections stay in the cluster, and a network policy admits only the owner.
		SSLMode:        env.Text(pulumi.String("disable")),
		CACertificates: env.Text(pulumi.String("")),

		MaxConnections: env.Text(pulumi.Sprintf("%d", d.maxConnections)),
	}
}
