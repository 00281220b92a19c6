package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const (
	stopGrace = 13 * time.Second // the kill that may follow ends `cluster down` within 15 s
	// progressEvery bounds the silence of a long wait.
	progressEvery = 5 * time.Second
	// upTimeout is beyond what the supervisor itself allows for the start.
	upTimeout = 4 * time.Minute
)

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
	running, err := sandbox.PID(root)
	if err != nil {
		return err
	}
	ours := running == 0
	if ours {
		running, err = start(root, asked)
	} else {
		err = asked.is(root)
	}
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, root, running); err != nil {
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
	if _, err := registry.FindBusybox(); err != nil {
		fmt.Printf("there is no image %s/%s for `kubectl debug`: %v; `make doctor` says what to do\n",
			layout.RegistryAddress, registry.ToolboxName, err)
	}
	return nil
}

func start(root layout.Root, asked shape) (int, error) {
	if err := sandbox.AwaitEnd(root); err != nil {
		return 0, err
	}
	if err := preflight.Check(root); err != nil {
		return 0, err
	}
	if err := asked.give(root); err != nil {
		return 0, err
	}
	return sandbox.Start(root)
}

// awaitReady waits for the cluster whose process 1 is pid, and says what it waits for.
func awaitReady(ctx context.Context, root layout.Root, pid int) error {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("%w%s", errEnded, lastLine(root))
	}
	defer unix.Close(process)
	said, saidAt, deadline := "", time.Now(), time.Now().Add(upTimeout)
	for {
		status, err := readStatus(root)
		switch {
		case err == nil && status.Failure != "":
			return fmt.Errorf("the cluster can't start: %s\n%s", status.Failure, notReady(root, status))
		case err == nil && status.Serving():
			return nil
		case ctx.Err() != nil:
			return errors.New("interrupted")
		case time.Now().After(deadline):
			return fmt.Errorf("the cluster is not ready within %s\n%s", upTimeout, notReady(root, status))
		}
		if waiting := status.WaitingFor(); waiting != said || time.Since(saidAt) > progressEvery {
			said, saidAt = waiting, time.Now()
			if said != "" {
				fmt.Printf("  %5.1f s  waiting for %s\n", time.Since(status.Started).Seconds(), said)
			}
		}
		ended, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, 20)
		if ended > 0 && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("%w%s", errEnded, lastLine(root))
		}
	}
}

var errEnded = errors.New("the cluster ended while it was starting: ")

// lastLine is the last line of the supervisor's log, which says why it ended.
func lastLine(root layout.Root) string {
	log, err := os.ReadFile(root.Log("supervisor"))
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	return fmt.Sprintf("%s (log: %s)", lines[len(lines)-1], root.Log("supervisor"))
}

func notReady(root layout.Root, status supervisor.Status) string {
	var text string
	for _, c := range status.Components {
		if c.State != supervisor.Ready && c.State != supervisor.Stopped {
			text += fmt.Sprintf("%s is %s %s (log: %s)\n", c.Name, c.State, c.LastExit, root.ComponentLog(c.Name))
		}
	}
	return text + "log: " + root.Log("supervisor")
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
	if err := os.RemoveAll(root.State()); err != nil {
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
