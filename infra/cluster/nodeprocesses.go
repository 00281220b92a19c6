package main

import (
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/networkpolicies"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/podnetwork"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervise"
)

// newNodeProcessCommands are the commands that run inside a node's sandbox. The supervisor of the control plane starts the
// first, and each is started by the one before it.
func newNodeProcessCommands(root func() (layout.Root, error)) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range []struct {
		use, short string
		run        func(root layout.Root, node layout.Node, cgroup string) error
	}{
		{"init-node", "process 1 of a node's sandbox", runInitNode},
		{"supervise-node", "the supervisor of a node", runNodeSupervisor},
		{"pod-network", "a node's routes, CNI configuration and firewall", runPodNetwork},
	} {
		var name, cgroup string
		command := &cobra.Command{
			Use: c.use, Short: c.short, Hidden: true, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				r, err := root()
				if err != nil {
					return err
				}
				node, err := layout.ParseNode(name)
				if err != nil {
					return err
				}
				return c.run(r, node, cgroup)
			},
		}
		command.Flags().StringVar(&name, "node", "", "name of the node")
		command.Flags().StringVar(&cgroup, "cgroup", "", "cgroup that its Pods are below")
		all = append(all, command)
	}
	return all
}

func runInitNode(_ layout.Root, node layout.Node, cgroup string) error {
	return sandbox.InitNode(node, cgroup)
}

func runNodeSupervisor(root layout.Root, node layout.Node, cgroup string) error {
	ctx, stop := untilSignal()
	defer stop()
	return supervise.RunNode(ctx, root, node, cgroup)
}

// runPodNetwork runs what a plugin of the Pods' network usually runs on a node, in one process.
func runPodNetwork(root layout.Root, node layout.Node, _ string) error {
	ctx, stop := untilSignal()
	defer stop()
	client, err := apiclient.New(root.UserKubeconfig(pki.PodNetwork))
	if err != nil {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return podnetwork.RunNode(ctx, client, node, root.State("cni")) })
	both.Go(func() error { return networkpolicies.Run(ctx, client, node) })
	return both.Wait()
}
