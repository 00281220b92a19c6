package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/loadbalancer"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/provisioner"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervise"
)

// The commands below run inside the cluster's sandbox; `cluster up` starts the first, and each is started by the one before it.

func runInit(root layout.Root) error { return sandbox.InitCluster(root) }

func runSupervisor(root layout.Root) error {
	ctx, stop := untilSignal()
	defer stop()
	// It was inherited, and only the components that are given it shall inherit it in turn.
	unix.CloseOnExec(sandbox.HostNetFD)
	return supervise.RunCluster(ctx, root, os.NewFile(sandbox.HostNetFD, "host-net"))
}

func runRegistry(root layout.Root) error {
	ctx, stop := untilSignal()
	defer stop()
	return registry.Serve(ctx, root.State("registry"), layout.RegistryAddress, layout.NodesRegistryAddress)
}

func runLoadBalancer(root layout.Root) error {
	ctx, stop := untilSignal()
	defer stop()
	client, err := apiclient.New(root.UserKubeconfig(pki.LoadBalancer))
	if err != nil {
		return err
	}
	const hostNetFD = 3 // the only file that the supervisor hands it
	controller, err := loadbalancer.New(client, hostnet.Namespace(hostNetFD))
	if err != nil {
		return err
	}
	return controller.Run(ctx)
}

func runProvisioner(root layout.Root) error {
	ctx, stop := untilSignal()
	defer stop()
	client, err := apiclient.New(root.UserKubeconfig(pki.Provisioner))
	if err != nil {
		return err
	}
	return provisioner.Run(ctx, client, root)
}

func untilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
}
