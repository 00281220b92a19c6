package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const (
	// progressPeriod is the longest time without output during a long wait.
	progressPeriod = 5 * time.Second
	// upTimeout is longer than the supervisor's own timeout for the start.
	upTimeout = 4 * time.Minute
)

var errStopped = errors.New("the cluster was stopped while it was starting")

// awaitReady waits until the cluster whose process 1 is pid is ready, and prints what it waits for.
func awaitReady(ctx context.Context, root layout.Root, pid int) error {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return endError(root)
	}
	defer unix.Close(process)
	printed, printedAt, deadline := "", time.Now(), time.Now().Add(upTimeout)
	for {
		status, err := readStatus(root)
		var portErr error // why a published port does not answer
		serving := err == nil && status.Serving()
		if serving {
			portErr = checkPorts(ctx, root)
		}
		switch {
		case err == nil && status.Failure != "":
			return fmt.Errorf("the cluster cannot start: %s\n%s", status.Failure, describeNotReady(root, status))
		case err == nil && status.Stopping:
			return errStopped
		case err == nil && len(status.Failing()) > 0:
			return fmt.Errorf("the cluster cannot start: %s", describeFailures(root, status.Failing()))
		case serving && portErr == nil:
			return hostcheck.CheckFull(root)
		case err == nil && hostcheck.CheckFull(root) != nil:
			// The status file is on the full disk, and may never change.
			return hostcheck.CheckFull(root)
		case ctx.Err() != nil:
			return errors.New("interrupted")
		case time.Now().After(deadline):
			return fmt.Errorf("the cluster is not ready within %s\n%w", upTimeout,
				errors.Join(portErr, errors.New(describeNotReady(root, status))))
		}
		waiting := status.WaitingFor()
		if waiting == "" && portErr != nil {
			waiting = portErr.Error()
		}
		if waiting != printed || time.Since(printedAt) > progressPeriod {
			printed, printedAt = waiting, time.Now()
			if printed != "" {
				fmt.Printf("  %5.1f s  waiting for %s\n", time.Since(status.Started).Seconds(), printed)
			}
		}
		ended, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, 20)
		if ended > 0 && !errors.Is(err, unix.EINTR) {
			return endError(root)
		}
	}
}

// endError returns why a cluster ended while it was starting: the last line of the supervisor's log.
func endError(root layout.Root) error {
	if status, err := readStatus(root); err == nil && status.Stopping {
		return errStopped
	}
	log, err := os.ReadFile(root.Log("supervisor"))
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	last := lines[len(lines)-1]
	if err != nil || len(last) == 0 { // the folder was removed, or the supervisor did not start
		return errStopped
	}
	return fmt.Errorf("the cluster ended while it was starting: %s (log: %s)", last, root.Log("supervisor"))
}

func describeNotReady(root layout.Root, status supervisor.Status) string {
	var text string
	for _, c := range status.Components {
		if c.State != supervisor.Ready && c.State != supervisor.Stopped {
			text += fmt.Sprintf("%s is %s %s (log: %s)\n", c.Name, c.State, c.LastExit, root.ComponentLog(c.Name))
		}
	}
	return text + "log: " + root.Log("supervisor")
}
