package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// endTimeout is how long the kernel may take to end what was killed.
const endTimeout = 5 * time.Second

// takeLock takes the lock on the state folder and forgets whose it was.
func takeLock(root layout.Root) (*os.File, error) {
	lock, err := os.OpenFile(root.State("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = retry(func() error {
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			return ErrRunning // or PID is looking
		}
		return nil
	})
	if err == nil {
		err = lock.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// retry gives what takes a moment between two processes a second.
func retry(try func() error) error {
	deadline := time.Now().Add(time.Second)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// PID returns the process id of the sandbox's process 1, or 0 where no cluster runs on this state folder.
func PID(root layout.Root) (int, error) {
	lock, err := os.Open(root.State("lock"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
		return 0, nil // nobody holds it: what the file says is from a cluster that is gone
	}
	var pid int
	err = retry(func() error { // Start writes it just after it has taken the lock
		pid, _, err = readOwner(root)
		return err
	})
	return pid, err
}

// AwaitEnd waits for the processes of a cluster that was killed: the kernel frees its lock before it has ended the last
// of them.
func AwaitEnd(root layout.Root) error {
	pid, started, err := readOwner(root)
	if err != nil {
		return nil // nobody has ever held it, or has left before writing
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if now, err := startTime(pid); err != nil || now != started {
		return nil // it is gone, or another process has its number by now
	}
	if ended, err := waitFor(fd, endTimeout); !ended {
		return errors.Join(fmt.Errorf("process %d, a cluster that was killed, does not end within %s", pid, endTimeout), err)
	}
	return nil
}

// writeOwner notes in the lock file whose it is: the process id, and the start time, since numbers are used again.
func writeOwner(lock *os.File, pid int) error {
	started, err := startTime(pid)
	if err == nil {
		_, err = fmt.Fprintln(lock, pid, started)
	}
	return err
}

func readOwner(root layout.Root) (pid int, started uint64, err error) {
	content, err := os.ReadFile(root.State("lock"))
	if err == nil {
		_, err = fmt.Sscan(string(content), &pid, &started)
	}
	if err != nil {
		err = fmt.Errorf("%s should hold a process id and its start time: %w", root.State("lock"), err)
	}
	return pid, started, err
}

// startTime is when a process started, in clock ticks since boot: field 22 of proc_pid_stat(5).
func startTime(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, field 2, is in parentheses and may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const afterName = 22 - 3
	if len(fields) <= afterName {
		return 0, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	return strconv.ParseUint(fields[afterName], 10, 64)
}
