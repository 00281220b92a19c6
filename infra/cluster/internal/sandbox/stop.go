package sandbox

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Stop ends the cluster, and returns when its last process has ended. It sends SIGTERM, and after grace SIGKILL. If no
// cluster runs, it only cleans up after one that was killed.
func Stop(root layout.Root, grace time.Duration) error {
	pid, err := PID(root)
	if err != nil {
		return err
	}
	if pid == 0 {
		err = AwaitEnd(root)
	} else {
		err = end(pid, grace)
	}
	if err != nil {
		return fmt.Errorf("stop the cluster: %w", err)
	}
	return removeCgroups(root)
}

// end signals process 1 through a pidfd, which cannot refer to a later process with the same ID, and waits for it. The
// kernel reports the end of process 1 after the end of every process in its PID namespace.
func end(pid int, grace time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// The kernel drops the signal until process 1 handles it, so send it repeatedly.
	for deadline := time.Now().Add(grace); time.Now().Before(deadline); {
		if ended, err := send(fd, unix.SIGTERM, 250*time.Millisecond); ended || err != nil {
			return err
		}
	}
	if ended, err := send(fd, unix.SIGKILL, endTimeout); ended || err != nil {
		return err
	}
	return errors.New("it did not end after SIGKILL")
}

func send(pidfd int, signal unix.Signal, wait time.Duration) (ended bool, err error) {
	if err := unix.PidfdSendSignal(pidfd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return false, err
	}
	return waitFor(pidfd, wait)
}

func waitFor(pidfd int, timeout time.Duration) (ended bool, err error) {
	deadline := time.Now().Add(timeout)
	for {
		fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(0, time.Until(deadline).Milliseconds())))
		if !errors.Is(err, unix.EINTR) {
			return n > 0, err
		}
	}
}
