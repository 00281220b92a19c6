package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

// architectures returns the architectures of the images: those of the configuration, or those of the nodes. It returns
// this machine's in a preview without a cluster, and if the kubeconfig's user may not read the nodes.
func architectures(ctx *pulumi.Context, stack config.Config, cluster cluster) ([]string, error) {
	own := []string{runtime.GOARCH}
	if len(stack.Architectures) > 0 {
		return stack.Architectures, nil
	}
	if cluster == nil {
		return own, nil
	}
	found, err := cluster.Architectures(ctx.Context())
	switch {
	case errors.Is(err, api.ErrForbidden), err != nil && ctx.DryRun():
		return own, ctx.Log.Info(fmt.Sprintf("building the images for %s, the architecture of this machine, because the "+
			"architecture of the nodes is unknown: %v; if it differs, `pulumi config set architecture NAME`",
			runtime.GOARCH, err), nil)
	case err != nil:
		return nil, err
	case len(found) == 0:
		return own, nil
	}
	return found, nil
}
