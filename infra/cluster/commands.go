package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/upgrade"
)

// stopGrace is followed by a kill, which ends `cluster down` within 15 s.
const stopGrace = 13 * time.Second

func newUpCommand(root func() (layout.Root, error)) *cobra.Command {
	var asked shape
	command := &cobra.Command{
		Use: "up", Short: "start the cluster and wait until its nodes are Ready and cluster DNS answers", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := root()
			if err != nil {
				return err
			}
			return up(r, asked)
		},
	}
	command.Flags().IntVar(&asked.nodes, "nodes", 0, "number of nodes (default: as many as the cluster has, or one)")
	command.Flags().DurationVar(&asked.evictionAfter, "eviction-after", 0,
		"how long Pods that are made from now on stay on a node that has gone (default: as the cluster has it, or 5m)")
	return command
}

func up(root layout.Root, asked shape) error {
	started := time.Now()
	if err := preflight.CheckRoot(); err != nil {
		return err
	}
	ctx, cancel := untilSignal()
	defer cancel()
	pid, ours, err := startOrJoin(root, asked)
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, root, pid); err != nil {
		if ours { // nothing half-started is left
			err = errors.Join(err, sandbox.Stop(root, stopGrace))
		}
		return err
	}
	status, err := readStatus(root)
	if err != nil {
		return err
	}
	which, err := whichNodes(root, status)
	if err != nil {
		return err
	}
	fmt.Printf("cluster is ready: %s, cluster DNS answers (%.1f s)\n", which, time.Since(started).Seconds())
	if err := registry.CheckToolbox(root.Images()); err != nil {
		instead := "is BusyBox alone"
		if _, err := registry.FindBusybox(); err != nil {
			instead = "is missing"
		}
		fmt.Printf("%s/%s %s: %v\n", layout.RegistryAddress, registry.ToolboxName, instead, err)
	}
	return nil
}

// startOrJoin returns process 1 of the cluster, and whether it has been started for us: somebody may be about to start it, too.
func startOrJoin(root layout.Root, asked shape) (pid int, ours bool, err error) {
	if pid, err = sandbox.PID(root); err != nil {
		return 0, false, err
	}
	if pid == 0 {
		var failed error
		if pid, failed = start(root, asked); failed == nil {
			return pid, true, nil
		}
		if pid, err = sandbox.PID(root); pid == 0 || err != nil {
			return 0, false, failed
		}
	}
	if err := sandbox.CheckReachable(root); err != nil {
		return 0, false, err
	}
	return pid, false, asked.is(root)
}

func start(root layout.Root, asked shape) (int, error) {
	if err := sandbox.AwaitEnd(root); err != nil {
		return 0, err
	}
	if err := preflight.Check(root); err != nil {
		return 0, err
	}
	lock, err := sandbox.TakeLock(root)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if err := upgrade.State(root); err != nil {
		return 0, err
	}
	if err := asked.give(root); err != nil {
		return 0, err
	}
	return sandbox.Start(root, lock)
}

func down(root layout.Root) error {
	started := time.Now()
	running, err := stop(root)
	if err != nil {
		return err
	}
	if !running {
		fmt.Println("no cluster is running")
		return nil
	}
	fmt.Printf("cluster is stopped, its data is kept (%.1f s)\n", time.Since(started).Seconds())
	return nil
}

func remove(root layout.Root) error {
	if _, err := stop(root); err != nil {
		return err
	}
	lock, err := sandbox.TakeLock(root) // nobody may start a cluster while its folder goes
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := sandbox.RemoveState(root); err != nil {
		return fmt.Errorf("remove the cluster's data: %w", err)
	}
	fmt.Println("cluster is stopped, its data is removed")
	return nil
}

// stop stops the cluster, and says whether one was running.
func stop(root layout.Root) (running bool, err error) {
	if err := preflight.CheckRoot(); err != nil {
		return false, err
	}
	pid, err := sandbox.PID(root)
	if err != nil {
		return false, err
	}
	return pid != 0, sandbox.Stop(root, stopGrace)
}
