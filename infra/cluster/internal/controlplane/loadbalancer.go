package controlplane

import (
	"context"
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/loadbalancer"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func loadBalancer(root layout.Root, hostNet *os.File) supervisor.Component {
	return supervisor.Component{
		Name:    "load-balancer",
		Command: process.LoadBalancer.Line(process.Options{Root: root}),
		Files:   process.LoadBalancer.Files(map[process.File]*os.File{process.HostNet: hostNet}),
		Log:     root.Log("load-balancer"),
		Needs:   []string{apiServerName},
		Stop:    supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}

// RunLoadBalancer is the process of the component load-balancer. It runs the controller of LoadBalancer Services until
// ctx ends.
func RunLoadBalancer(ctx context.Context, o process.Options) error {
	hostNet, err := process.LoadBalancer.Inherited(process.HostNet)
	if err != nil {
		return err
	}
	defer hostNet.Close()
	client, err := apiclient.New(o.Root.UserKubeconfig(pki.LoadBalancer))
	if err != nil {
		return err
	}
	controller, err := loadbalancer.New(client, hostnet.Namespace(hostNet.Fd()))
	if err != nil {
		return err
	}
	return controller.Run(ctx)
}
