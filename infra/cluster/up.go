package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func newUpCommand(root func() (layout.Root, error)) *cobra.Command {
	var wanted spec
	command := &cobra.Command{
		Use: "up", Short: "start the cluster and wait until its nodes are Ready and cluster DNS answers", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := root()
			if err != nil {
				return err
			}
			return up(r, wanted)
		},
	}
	command.Flags().IntVar(&wanted.nodes, "nodes", 0, "number of nodes (default: as many as the cluster has, or one)")
	command.Flags().DurationVar(&wanted.evictionAfter, "eviction-after", 0,
		"how long new Pods stay on a node that does not respond (default: as the cluster has it, or 5m)")
	return command
}

func up(root layout.Root, wanted spec) error {
	started := time.Now()
	if err := hostcheck.CheckRoot(); err != nil {
		return err
	}
	ctx, cancel := untilSignal()
	defer cancel()
	pid, ours, err := startOrJoin(root, wanted)
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, root, pid); err != nil {
		if ours { // do not leave a cluster that is half started
			err = errors.Join(err, sandbox.Stop(root, stopGrace))
		}
		return err
	}
	status, err := readStatus(root)
	if err != nil {
		return err
	}
	nodes, err := describeNodes(root, status)
	if err != nil {
		return err
	}
	fmt.Printf("cluster is ready: %s, cluster DNS answers (%.1f s)\n", nodes, time.Since(started).Seconds())
	if err := registry.CheckToolbox(root.Images()); err != nil {
		instead := "is BusyBox alone"
		if _, err := registry.FindBusybox(); err != nil {
			instead = "is missing"
		}
		fmt.Printf("%s/%s %s: %v\n", layout.RegistryAddress, registry.ToolboxName, instead, err)
	}
	return nil
}

// startOrJoin returns process 1 of the cluster, and whether this command started it. Another command may start the
// cluster at the same time.
func startOrJoin(root layout.Root, wanted spec) (pid int, ours bool, err error) {
	if pid, err = sandbox.PID(root); err != nil {
		return 0, false, err
	}
	if pid == 0 {
		var failed error
		if pid, failed = start(root, wanted); failed == nil {
			return pid, true, nil
		}
		if pid, err = sandbox.PID(root); pid == 0 || err != nil {
			return 0, false, failed
		}
	}
	if err := sandbox.CheckReachable(root); err != nil {
		return 0, false, err
	}
	return pid, false, wanted.match(root)
}

func start(root layout.Root, wanted spec) (int, error) {
	if err := sandbox.AwaitEnd(root); err != nil {
		return 0, err
	}
	if err := hostcheck.Check(root); err != nil {
		return 0, err
	}
	lock, err := sandbox.TakeLock(root)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if err := root.ClaimVersion(); err != nil {
		return 0, err
	}
	if err := wanted.save(root); err != nil {
		return 0, err
	}
	return sandbox.Start(root, lock)
}
