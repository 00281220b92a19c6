// Package sandbox creates and ends the sets of Linux namespaces that the cluster runs in: one for the control plane,
// and nested in it one for each node.
//
// Start starts process 1 of the cluster's sandbox, InitCluster is that process, and InitNode is process 1 of a node.
// When process 1 ends for whatever reason, the kernel kills every process of its PID namespace, and the mounts and
// network devices disappear with their namespaces. Stop, PID and TakeLock are for the commands that the user runs.
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
	"example.com/kubernetes-networking/infra/cluster/internal/process"
)

// Namespaces are the kinds of Linux namespaces that a sandbox has for itself.
const Namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// ErrRunning means that the cluster already runs.
var ErrRunning = errors.New("the cluster already runs")

// Start starts process 1 of the sandbox, which starts the supervisor, and returns its process ID. Process 1 holds the
// lock until it ends.
func Start(root layout.Root, lock *Lock) (int, error) {
	if err := os.MkdirAll(root.State("log"), 0o700); err != nil {
		return 0, err
	}
	// A cluster that was killed leaves empty cgroups and an outdated status.
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

	// Containers could read the open files and the environment variables of the caller: the cluster inherits neither.
	if err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, fmt.Errorf("keep open files from the cluster (this needs Linux 5.11 or later): %w", err)
	}
	line := process.Init.Line(process.Options{Root: root})
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = Environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = process.Init.Files(map[process.File]*os.File{process.Lock: lock.file, process.HostNet: hostNet})
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true, // Ctrl-C in the terminal of `cluster up` must not reach the cluster
		Cloneflags: Namespaces,
	}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("create the cluster's namespaces: %w", err)
	}
	pid := cmd.Process.Pid
	if err := lock.writeOwner(pid); err != nil {
		return 0, errors.Join(err, cmd.Process.Kill())
	}
	return pid, cmd.Process.Release()
}

// Environment returns the environment of the cluster's processes: the path of programs, a home folder in memory, and a
// setting of Go's garbage collector that saves about 100 MB of the 1,280 of a cluster with the demo, and delays no start.
// The caller's variables may contain passwords, and proxies that nothing in the cluster can reach.
func Environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=/run/home", "GOGC=50"}
}
