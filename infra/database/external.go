package database

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/workload"
)

// External is a database that the stack does not make, such as one of a managed PostgreSQL.
type External struct {
	pulumi.ResourceState

	dsn            config.DSN
	secret         pulumi.StringOutput
	maxConnections int
}

// ExternalArgs describe the database.
type ExternalArgs struct {
	Namespace pulumi.StringInput
	// Replicas are the Pods of the service that the database belongs to, which share the server's connections.
	Replicas int
	DSN      config.DSN
}

// NewExternal declares what the service needs to log in: a Secret with the password.
func NewExternal(ctx *pulumi.Context, name string, args ExternalArgs, opts ...pulumi.ResourceOption) (*External, error) {
	database := &External{dsn: args.DSN, maxConnections: connectionsPerReplica(args.Replicas, args.DSN.Sharing)}
	err := ctx.RegisterComponentResource("kubernetes-networking:database:External", name, database, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	labels := workload.Labels(name, workload.Database)
	database.secret, err = newSecret(ctx, name, args.Namespace, labels, args.DSN.Password.Output(), pulumi.Parent(database))
	if err != nil {
		return nil, err
	}
	err = ctx.RegisterResourceOutputs(database, pulumi.Map{"host": pulumi.String(args.DSN.Host), "port": pulumi.Int(args.DSN.Port)})
	if err != nil {
		return nil, fmt.Errorf("declare the database %s: %w", name, err)
	}
	return database, nil
}

// Target is what is measured of it.
func (d *External) Target() string { return d.server().Target() }

func (d *External) server() policy.Host {
	return policy.Host{Name: d.dsn.Host, Port: d.dsn.Port, Scheme: scheme}
}

// Connection is the database's part of its service's environment. Writing it into that contract declares the call.
func (d *External) Connection() contract.Database[env.Value] {
	return contract.Database[env.Value]{
		Host:        env.Call(pulumi.String(d.dsn.Host), d.server()),
		Port:        env.Text(pulumi.Sprintf("%d", d.dsn.Port)),
		Name:        env.Text(pulumi.String(d.dsn.Database)),
		User:        env.Text(pulumi.String(d.dsn.User)),
		Password:    env.SecretKey(d.secret, passwordKey),
		SSLMode:     env.Text(pulumi.String(d.dsn.SSLMode)),
		Authorities: env.Text(pulumi.String(d.dsn.CABundle)),

		MaxConnections: env.Text(pulumi.Sprintf("%d", d.maxConnections)),
	}
}
