// Package preflight checks that what an update needs is there, before the update makes anything.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

// patience is how long the registry may take to answer. On a network it takes milliseconds.
const patience = 5 * time.Second

// Check returns the cluster's API server if that takes the kubeconfig's credentials and the image registry answers, or
// else an error that says what is missing and what to do.
func Check(ctx context.Context, stack config.Config) (*api.Server, error) {
	failure := make(chan error)
	go func() { failure <- checkRegistry(ctx, stack) }()
	cluster, err := Cluster(ctx, stack)
	return cluster, errors.Join(err, <-failure)
}

// Cluster is Check without the image registry, which a preview does not need.
func Cluster(ctx context.Context, stack config.Config) (*api.Server, error) {
	cluster, err := api.Connect(stack.Kubeconfig, stack.Context)
	if err == nil {
		err = cluster.Answers(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("no cluster: %w; start the embedded one with `make cluster`, or name your own with "+
			"`pulumi config set kubeconfig PATH` and `pulumi config set context NAME`", err)
	}
	return cluster, nil
}

func checkRegistry(ctx context.Context, stack config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := stack.Repository.Ping(ctx); err != nil {
		return fmt.Errorf("no image registry: %w; the embedded cluster brings one (`make cluster`), or set "+
			"kubernetes-networking:imageRepo to one that you and your cluster can reach", err)
	}
	_, err := stack.Repository.Credentials(ctx)
	return err
}
