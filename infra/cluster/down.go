package main

import (
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// stopGrace is the time between SIGTERM and SIGKILL. With it, `cluster down` takes at most 15 s.
const stopGrace = 13 * time.Second

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
	lock, err := sandbox.TakeLock(root) // no command may start a cluster while its folder is removed
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := sandbox.RemoveState(root); err != nil {
		return fmt.Errorf("delete the cluster's data: %w", err)
	}
	fmt.Println("cluster is stopped, its data is deleted")
	return nil
}

// stop stops the cluster, and reports whether one was running.
func stop(root layout.Root) (running bool, err error) {
	if err := hostcheck.CheckRoot(); err != nil {
		return false, err
	}
	pid, err := sandbox.PID(root)
	if err != nil {
		return false, err
	}
	return pid != 0, sandbox.Stop(root, stopGrace)
}
