// Package database declares a PostgreSQL server that belongs to one service alone.
package database

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/endpoint"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/rollout"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	// Port is where a server listens in its Pod.
	Port     = 5432
	portName = "postgresql"
	// scheme says that a PostgreSQL server is expected.
	scheme = "postgresql"

	// role owns the database of the same name. Each server has one of each, so that no name has to tell them apart.
	role = "app"
)

// Database is a StatefulSet of one PostgreSQL server with a Service in front, a volume and a password of its own.
type Database struct {
	pulumi.ResourceState

	// Endpoint is where the server answers inside the cluster.
	Endpoint *endpoint.Endpoint

	secret         pulumi.StringOutput
	maxConnections int
}

// Args describe the server.
type Args struct {
	Namespace pulumi.StringInput
	// Owner is the only service that may connect.
	Owner *policy.Workload
	// Replicas are the Pods of the owner, which share the server's connections.
	Replicas int
	// Image keeps the official PostgreSQL image's environment contract.
	Image pulumi.StringInput
	// PullSecrets are what the image is pulled with; empty for nothing.
	PullSecrets corev1.LocalObjectReferenceArray
	// StorageClass of the volume; empty for the cluster's default one.
	StorageClass string
	// Storage is the volume's size, such as 1Gi.
	Storage string
	// Rollout waits for the server's Pod.
	Rollout *rollout.Rollout
	// RetainData keeps the volume and the password when the stack is destroyed.
	RetainData bool
}

// New declares the server. It waits for nothing but the namespace.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Database, error) {
	database := &Database{maxConnections: connectionsPerReplica(args.Replicas, 1)}
	if err := ctx.RegisterComponentResource("kubernetes-networking:database:Database", name, database, opts...); err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	inside := pulumi.Parent(database)
	labels := workload.Labels(name, workload.Database)
	var err error
	database.Endpoint, err = endpoint.New(ctx, name, endpoint.Args{
		Namespace: args.Namespace, Labels: labels, Selector: workload.Selector(name),
		Type: "ClusterIP", Scheme: scheme, Port: Port, TargetPort: Port, TargetName: portName,
		Owner: args.Owner, Kind: contract.DatabaseNode,
	}, inside)
	if err != nil {
		return nil, err
	}
	if database.secret, err = newPassword(ctx, name, args.Namespace, labels, inside, pulumi.Protect(args.RetainData)); err != nil {
		return nil, err
	}
	claim, err := newClaim(ctx, name, args, labels, inside, pulumi.Protect(args.RetainData))
	if err != nil {
		return nil, err
	}
	server, err := appsv1.NewStatefulSet(ctx, name, &appsv1.StatefulSetArgs{
		Metadata: workload.Awaited(name, args.Namespace, labels),
		Spec: appsv1.StatefulSetSpecArgs{
			ServiceName: database.Endpoint.Name(),
			Replicas:    pulumi.Int(1),
			// With OrderedReady, a Pod that never becomes ready is not replaced, and a right image does not help after a wrong one:
			// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback.
			PodManagementPolicy: pulumi.String("Parallel"),
			Selector:            metav1.LabelSelectorArgs{MatchLabels: workload.Selector(name)},
			Template:            pod(args, labels, database.secret, claim),
			UpdateStrategy:      appsv1.StatefulSetUpdateStrategyArgs{Type: pulumi.String("RollingUpdate")},
		},
	}, inside)
	if err != nil {
		return nil, fmt.Errorf("declare the StatefulSet %s: %w", name, err)
	}
	args.Rollout.StatefulSet(name, server)
	err = ctx.RegisterResourceOutputs(database, pulumi.Map{"host": database.Endpoint.Host, "port": database.Endpoint.Port})
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	return database, nil
}

// Connection is the database's part of the owner's environment. Writing it into the owner's contract declares the call.
func (d *Database) Connection() contract.Database[env.Value] {
	return contract.Database[env.Value]{
		Host:     env.Call(d.Endpoint.Host, d.Endpoint.Workload),
		Port:     env.Text(pulumi.Sprintf("%d", d.Endpoint.Port)),
		Name:     env.Text(pulumi.String(role)),
		User:     env.Text(pulumi.String(role)),
		Password: env.SecretKey(d.secret, passwordKey),
		// The server has no certificate: what goes to it stays in the cluster, and a policy keeps others from it.
		SSLMode:     env.Text(pulumi.String("disable")),
		Authorities: env.Text(pulumi.String("")),

		MaxConnections: env.Text(pulumi.Sprintf("%d", d.maxConnections)),
	}
}
