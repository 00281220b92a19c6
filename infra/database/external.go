package database

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/connections"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// External is a database outside of the stack, such as one of a managed PostgreSQL server.
type External struct {
	pulumi.ResourceState

	dsn            config.DSN
	secret         pulumi.StringOutput
	maxConnections int
}

// ExternalArgs describe the database.
type ExternalArgs struct {
	Namespace pulumi.StringInput
	// Replicas is the number of Pods of the service that owns the database, which share the server's connections.
	Replicas int
	DSN      config.DSN
}

// NewExternal declares a Secret with the password.
func NewExternal(
	ctx *pulumi.Context, name string, args ExternalArgs, opts ...pulumi.ResourceOption,
) (*External, error) {
	database := &External{dsn: args.DSN, maxConnections: connections.PerReplica(args.Replicas, args.DSN.Sharing)}
	err := ctx.RegisterComponentResource("kubernetes-networking:database:External", name, database, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	labels := workload.Labels(name, workload.Database)
	secret, err := newSecret(ctx, name, args.Namespace, labels, args.DSN.Password.Output(), pulumi.Parent(database))
	if err != nil {
		return nil, err
	}
	database.secret = secret.Metadata.Name().Elem()
	err = ctx.RegisterResourceOutputs(database, pulumi.Map{
		"host": pulumi.String(args.DSN.Host), "port": pulumi.Int(args.DSN.Port),
	})
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	return database, nil
}

// Target returns the URL that is measured.
func (d *External) Target() string { return d.server().Target() }

func (d *External) server() topology.Host {
	return topology.Host{Name: d.dsn.Host, Port: d.dsn.Port, Scheme: scheme}
}

// Connection returns the database's part of the owner's environment.
func (d *External) Connection() contract.Database[env.Value] {
	return contract.Database[env.Value]{
		Host:           env.Address(pulumi.String(d.dsn.Host), d.server()),
		Port:           env.Text(pulumi.Sprintf("%d", d.dsn.Port)),
		Name:           env.Text(pulumi.String(d.dsn.Database)),
		User:           env.Text(pulumi.String(d.dsn.User)),
		Password:       env.SecretKey(d.secret, passwordKey),
		SSLMode:        env.Text(pulumi.String(d.dsn.SSLMode)),
		CACertificates: env.Text(pulumi.String(d.dsn.CABundle)),

		MaxConnections: env.Text(pulumi.Sprintf("%d", d.maxConnections)),
	}
}
