package sandbox

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Stop ends the cluster and returns when its last process is gone: it asks first, and after grace it kills. Where no
// cluster runs it only clears what one that was killed left behind.
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

// end signals process 1 of the sandbox through a pidfd, which can't hit another process of the same number, and waits
// on it: the kernel reports the end of process 1 only after that of every process in its namespace.
func end(pid int, grace time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, step := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, endTimeout}} {
		if err := unix.PidfdSendSignal(fd, step.signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		if ended, err := waitFor(fd, step.wait); ended || err != nil {
			return err
		}
	}
	return errors.New("it did not end after SIGKILL")
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
