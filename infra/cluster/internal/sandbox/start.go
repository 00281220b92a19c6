// Package sandbox is the sets of Linux namespaces that the cluster lives in: one of the control plane, and in it one of each
// node.
//
// A sandbox's process 1 is the one process whose end is the end of the sandbox: when it dies, however it dies, the kernel kills
// every process of the PID namespace, and the mounts and network devices go with their namespaces.
package sandbox

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

const (
	// HostNetFD is the file descriptor by which process 1 and the supervisor hold the host's network namespace, for the
	// listeners on its loopback. The one before it holds the lock.
	HostNetFD = 4
	// ClusterNetFD is the one by which a node's process 1 holds the control plane's network namespace.
	ClusterNetFD = 3
)

// Namespaces are the kinds of Linux namespaces that a sandbox has of its own.
const Namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// ErrRunning says that the cluster runs already.
var ErrRunning = errors.New("the cluster runs already")

// Start starts the sandbox's process 1, which starts the supervisor, and returns its process id. It holds the lock for as long
// as it lives.
func Start(root layout.Root, lock *Lock) (int, error) {
	if err := os.MkdirAll(root.State("log"), 0o700); err != nil {
		return 0, err
	}
	// A cluster that was killed leaves empty cgroups, and a status that is no longer true.
	if err := removeCgroups(root); err != nil {
		return 0, err
	}
	if err := os.Remove(root.State("status.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	hostNet, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return 0, err
	}
	defer hostNet.Close()
	log, err := os.OpenFile(root.Log("supervisor"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()

	// What whoever starts the cluster has open is not for its containers, which could look: nor are their variables.
	if err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, fmt.Errorf("keep open files from the cluster (this kernel should be 5.11 or later): %w", err)
	}
	cmd := exec.Command(root.Bin("cluster"), "init", "--root", string(root))
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock.file, hostNet}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true, // Ctrl-C in the terminal of `cluster up` is not for the cluster
		Cloneflags: Namespaces,
	}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("make the cluster's namespaces: %w", err)
	}
	pid := cmd.Process.Pid
	if err := lock.writeOwner(pid); err != nil {
		return 0, errors.Join(err, cmd.Process.Kill())
	}
	return pid, cmd.Process.Release()
}

// environment is what the cluster's processes get: where programs are, and a home that goes when the cluster does. The
// variables of whoever starts it may hold passwords, and proxies that nothing inside can reach.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=/run/home"}
}
