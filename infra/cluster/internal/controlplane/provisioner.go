package controlplane

import (
	"context"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/provisioner"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func volumeProvisioner(root layout.Root) supervisor.Component {
	return supervisor.Component{
		Name:    "provisioner",
		Command: process.Provisioner.Line(process.Options{Root: root}),
		Log:     root.Log("provisioner"),
		Needs:   []string{apiServerName},
		Stop:    supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}

// RunProvisioner is the process of the component provisioner. It runs the controller of the default StorageClass until
// ctx ends.
func RunProvisioner(ctx context.Context, o process.Options) error {
	client, err := apiclient.New(o.Root.UserKubeconfig(pki.Provisioner))
	if err != nil {
		return err
	}
	return provisioner.Run(ctx, client, o.Root)
}
