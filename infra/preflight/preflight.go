// Package preflight checks the requirements of an update before it creates anything: the cluster and the image registry
// (Check), and the changes to the deployed stack (Changes).
package preflight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

// timeout of the image registry. A response takes milliseconds.
const timeout = 5 * time.Second

// Check returns a client of the cluster. It returns an error with a remedy if the API server does not accept the
// kubeconfig's credentials, or if the image registry does not respond.
func Check(ctx context.Context, stack config.Config) (*api.Server, error) {
	failure := make(chan error)
	go func() { failure <- checkRegistry(ctx, stack) }()
	cluster, err := Cluster(ctx, stack)
	return cluster, errors.Join(err, <-failure)
}

// Cluster is like Check without the image registry, which a preview does not need.
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
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := stack.Repository.Ping(ctx); err != nil {
		return fmt.Errorf("no image registry: %w; the embedded cluster brings one (`make cluster`), or set "+
			"kubernetes-networking:imageRepo to one that you and your cluster can reach", err)
	}
	_, err := stack.Repository.Credentials(ctx)
	return err
}
