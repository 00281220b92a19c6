package controlplane

import (
	"context"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func registryServer(root layout.Root) supervisor.Component {
	return supervisor.Component{
		Name:    "registry",
		Command: process.Registry.Line(process.Options{Root: root}),
		Log:     root.Log("registry"),
		Ready:   supervisor.HTTPGet("http://" + layout.RegistryAddress + "/v2/"),
		Stop:    supervisor.Stop{Step: stopStorage, Grace: 3 * time.Second},
	}
}

// RunRegistry is the process of the component registry. It serves images until ctx ends: for pushes and pulls on the
// loopback, and for pulls by the nodes on the bridge.
func RunRegistry(ctx context.Context, o process.Options) error {
	return registry.Serve(ctx, o.Root.State("registry"), layout.RegistryAddress, layout.NodesRegistryAddress)
}
