package main

import (
	"context"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/controlplane"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/node"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// hidden are the commands that the cluster starts itself with, in the order of the process tree, and the code that
// serves them.
var hidden = []struct {
	process.Command
	run func(context.Context, process.Options) error
}{
	{process.Init, sandbox.InitCluster},
	{process.Supervise, controlplane.Supervise},
	{process.Registry, controlplane.RunRegistry},
	{process.LoadBalancer, controlplane.RunLoadBalancer},
	{process.Provisioner, controlplane.RunProvisioner},
	{process.InitNode, sandbox.InitNode},
	{process.SuperviseNode, node.Supervise},
	{process.PodNetwork, node.RunPodNetwork},
}

func newHiddenCommands(root func() (layout.Root, error)) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range hidden {
		var nodeName, cgroup string
		command := &cobra.Command{
			Use: c.Name, Short: c.Short, Hidden: true, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				options := process.Options{Cgroup: cgroup}
				var err error
				if options.Root, err = root(); err != nil {
					return err
				}
				if c.OfNode {
					if options.Node, err = layout.ParseNode(nodeName); err != nil {
						return err
					}
				}
				ctx, stop := untilSignal()
				defer stop()
				return c.run(ctx, options)
			},
		}
		if c.OfNode {
			command.Flags().StringVar(&nodeName, "node", "", "name of the node")
			command.Flags().StringVar(&cgroup, "cgroup", "", "parent of the cgroups of its Pods")
			_ = command.MarkFlagRequired("node") // fails only if the flag is not defined
		}
		all = append(all, command)
	}
	return all
}
