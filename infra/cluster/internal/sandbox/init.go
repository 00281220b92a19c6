package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/limits"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
)

// ErrSupervisor means that the supervisor ended with an error, which it has logged.
var ErrSupervisor = errors.New("the supervisor ended with an error")

// InitCluster is process 1 of the cluster's sandbox. It sets up the mounts and the network, starts the supervisor of
// the control plane, and reaps orphans. It returns when the supervisor has ended.
func InitCluster(ctx context.Context, o process.Options) error {
	lock, err := process.Init.Inherited(process.Lock)
	if err != nil {
		return err
	}
	// Only process 1 holds the lock, until it ends. Without a reference, the garbage collector would close the file.
	defer runtime.KeepAlive(lock)
	hostNet, err := process.Init.Inherited(process.HostNet)
	if err != nil {
		return err
	}
	defer hostNet.Close()
	if err := limits.Raise(); err != nil {
		return err
	}
	if err := clusterMounts(o.Root); err != nil {
		return fmt.Errorf("set up the cluster's mounts: %w", err)
	}
	if err := unix.Sethostname([]byte("control-plane")); err != nil {
		return fmt.Errorf("set the control plane's host name: %w", err)
	}
	if err := clusterNetwork(); err != nil {
		return fmt.Errorf("set up the cluster's network: %w", err)
	}
	return superviseAndReap(ctx, process.Supervise, process.Options{Root: layout.Sandbox},
		map[process.File]*os.File{process.HostNet: hostNet})
}

// InitNode is process 1 of a node's sandbox, which is nested in the cluster's. It does for a node what InitCluster does
// for the cluster.
func InitNode(ctx context.Context, o process.Options) error {
	clusterNet, err := process.InitNode.Inherited(process.ClusterNet)
	if err != nil {
		return err
	}
	if err := nodeMounts(o.Node); err != nil {
		return fmt.Errorf("set up the node's mounts: %w", err)
	}
	if err := unix.Sethostname([]byte(o.Node.Name())); err != nil {
		return fmt.Errorf("set the node's host name: %w", err)
	}
	if err := nodeNetwork(o.Node, int(clusterNet.Fd())); err != nil {
		return fmt.Errorf("set up the node's network: %w", err)
	}
	// Through an open file, a container that sees the node's processes could enter the control plane's network.
	if err := clusterNet.Close(); err != nil {
		return err
	}
	if err := createCgroup(o.Cgroup); err != nil {
		return err
	}
	return superviseAndReap(ctx, process.SuperviseNode, o, nil)
}

// superviseAndReap starts the supervisor, stops it when ctx ends, and returns when it has ended.
//
// The supervisor is a process of its own because process 1 must wait for every child, and so would take the exit status
// of a component away from the code that started it.
func superviseAndReap(ctx context.Context, command process.Command, o process.Options,
	files map[process.File]*os.File,
) error {
	line := command.Line(o)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, command.Files(files)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // fails only if it has ended, and reap returns then
	})
	defer stop()
	return reap(cmd.Process.Pid)
}

// reap waits for every child until the child pid has ended.
func reap(pid int) error {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR || ended != pid && err == nil:
			continue
		case err != nil:
			return fmt.Errorf("wait for the supervisor: %w", err)
		case status.Signaled() && (status.Signal() == syscall.SIGTERM || status.Signal() == syscall.SIGINT):
			return nil // it was stopped before it handled signals
		case status.Signaled():
			return fmt.Errorf("the supervisor was ended by %s", status.Signal())
		case status.ExitStatus() != 0:
			return ErrSupervisor
		}
		return nil
	}
}
