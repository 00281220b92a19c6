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

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// File descriptors that process 1 is started with.
const (
	lockFD    = 3
	HostNetFD = 4 // the host's network namespace, for the listeners on its loopback
)

// ErrRunning says that the cluster runs already.
var ErrRunning = errors.New("the cluster runs already")

// Start starts the sandbox's process 1, which starts the supervisor, and returns its process id.
//
// It holds a lock on the state folder for as long as it lives, so a second Start returns ErrRunning.
func Start(root layout.Root) (int, error) {
	if err := os.MkdirAll(root.State("log"), 0o700); err != nil {
		return 0, err
	}
	lock, err := os.OpenFile(root.State("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return 0, ErrRunning
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
	if _, err := lock.WriteAt([]byte(fmt.Sprintf("%-10d\n", pid)), 0); err != nil {
		return 0, errors.Join(err, cmd.Process.Kill())
	}
	return pid, cmd.Process.Release()
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
	content, err := os.ReadFile(root.State("lock"))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("%s should hold a process id: %w", root.State("lock"), err)
	}
	return pid, nil
}
