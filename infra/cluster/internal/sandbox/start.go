// Package sandbox is the set of Linux namespaces that the cluster lives in.
//
// Its process 1 is the one process whose end is the end of the cluster: when it dies, however it dies, the kernel kills
// every process of the PID namespace, and the mounts and network devices go with their namespaces.
package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// HostNetFD is the file descriptor by which process 1 and the supervisor hold the host's network namespace, for the
// listeners on its loopback. The one before it holds the lock.
const HostNetFD = 4

// ErrRunning says that the cluster runs already.
var ErrRunning = errors.New("the cluster runs already")

// Start starts the sandbox's process 1, which starts the supervisor, and returns its process id.
//
// It holds a lock on the state folder for as long as it lives, so a second Start returns ErrRunning.
func Start(root layout.Root) (int, error) {
	if err := os.MkdirAll(root.State("log"), 0o700); err != nil {
		return 0, err
	}
	lock, err := takeLock(root)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	// A cluster that was killed leaves empty cgroups, and a status that is no longer true.
	if err := RemoveCgroups(); err != nil {
		return 0, err
	}
	if err := os.Remove(root.State("status.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	hostNet, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return 0, err
	}
	defer hostNet.Close()
	log, err := os.Create(root.Log("supervisor"))
	if err != nil {
		return 0, err
	}
	defer log.Close()

	cmd := exec.Command(root.Bin("cluster"), "init", "--root", string(root))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock, hostNet}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true, // Ctrl-C in the terminal of `cluster up` is not for the cluster
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
	}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("make the cluster's namespaces: %w", err)
	}
	pid := cmd.Process.Pid
	if _, err := fmt.Fprintln(lock, pid); err != nil {
		return 0, errors.Join(err, cmd.Process.Kill())
	}
	return pid, cmd.Process.Release()
}

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
		content, err := os.ReadFile(root.State("lock"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(content)))
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s should hold a process id: %w", root.State("lock"), err)
	}
	return pid, nil
}
