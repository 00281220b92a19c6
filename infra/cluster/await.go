package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const (
	// progressEvery bounds the silence of a long wait.
	progressEvery = 5 * time.Second
	// upTimeout is beyond what the supervisor itself allows for the start.
	upTimeout = 4 * time.Minute
)

var errStopped = errors.New("the cluster was stopped while it was starting")

// awaitReady waits for the cluster whose process 1 is pid, and says what it waits for.
func awaitReady(ctx context.Context, root layout.Root, pid int) error {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return whyEnded(root)
	}
	defer unix.Close(process)
	said, saidAt, deadline := "", time.Now(), time.Now().Add(upTimeout)
	for {
		status, err := readStatus(root)
		var closed error // why a published port does not answer
		serving := err == nil && status.Serving()
		if serving {
			closed = checkPorts(ctx, root)
		}
		switch {
		case err == nil && status.Failure != "":
			return fmt.Errorf("the cluster can't start: %s\n%s", status.Failure, notReady(root, status))
		case err == nil && status.Stopping:
			return errStopped
		case err == nil && len(status.Failing()) > 0:
			return fmt.Errorf("the cluster can't start: %s", whyFailing(root, status.Failing()))
		case serving && closed == nil:
			return preflight.CheckFull(root)
		case err == nil && preflight.CheckFull(root) != nil: // the status may never change: it is a file on that disk
			return preflight.CheckFull(root)
		case ctx.Err() != nil:
			return errors.New("interrupted")
		case time.Now().After(deadline):
			return fmt.Errorf("the cluster is not ready within %s\n%w", upTimeout, errors.Join(closed, errors.New(notReady(root, status))))
		}
		waiting := status.WaitingFor()
		if waiting == "" && closed != nil {
			waiting = closed.Error()
		}
		if waiting != said || time.Since(saidAt) > progressEvery {
			said, saidAt = waiting, time.Now()
			if said != "" {
				fmt.Printf("  %5.1f s  waiting for %s\n", time.Since(status.Started).Seconds(), said)
			}
		}
		ended, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, 20)
		if ended > 0 && !errors.Is(err, unix.EINTR) {
			return whyEnded(root)
		}
	}
}

// whyEnded says why a cluster that was starting runs no more.
func whyEnded(root layout.Root) error {
	if status, err := readStatus(root); err == nil && status.Stopping {
		return errStopped
	}
	log, err := os.ReadFile(root.Log("supervisor"))
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	last := lines[len(lines)-1]
	if err != nil || len(last) == 0 { // the folder is removed, or nothing had been done yet
		return errStopped
	}
	return fmt.Errorf("the cluster ended while it was starting: %s (log: %s)", last, root.Log("supervisor"))
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
