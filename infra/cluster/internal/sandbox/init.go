package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/limits"
)

// ErrSupervisor says that the supervisor has ended with an error, which it has written to the log.
var ErrSupervisor = errors.New("the supervisor has ended with an error")

// InitCluster is process 1 of the cluster's sandbox: it sets up the mounts and the network, starts the supervisor of the
// control plane, and reaps orphans. It returns when the supervisor has ended.
func InitCluster(root layout.Root) error {
	// The umask and the limits of all processes of the cluster, whatever those of the shell are.
	unix.Umask(0o022)
	if err := limits.Raise(); err != nil {
		return err
	}
	if err := clusterMounts(root); err != nil {
		return fmt.Errorf("set up the cluster's mounts: %w", err)
	}
	if err := unix.Sethostname([]byte("control-plane")); err != nil {
		return fmt.Errorf("set the control plane's host name: %w", err)
	}
	if err := clusterNetwork(); err != nil {
		return fmt.Errorf("set up the cluster's network: %w", err)
	}
	return superviseAndReap(os.NewFile(HostNetFD, "host-net"), "supervise")
}

// InitNode is process 1 of a node's sandbox, which lies in the cluster's: what it does is as in InitCluster.
func InitNode(node layout.Node, cgroup string) error {
	if err := nodeMounts(node); err != nil {
		return fmt.Errorf("set up the node's mounts: %w", err)
	}
	if err := unix.Sethostname([]byte(node.Name())); err != nil {
		return fmt.Errorf("set the node's host name: %w", err)
	}
	if err := nodeNetwork(node, ClusterNetFD); err != nil {
		return fmt.Errorf("set up the node's network: %w", err)
	}
	// A container that sees the node's processes could enter the control plane's network by it.
	if err := unix.Close(ClusterNetFD); err != nil {
		return err
	}
	if err := createCgroup(cgroup); err != nil {
		return err
	}
	return superviseAndReap(nil, "supervise-node", "--node", node.Name(), "--cgroup", cgroup)
}

// superviseAndReap starts the supervisor and waits for it.
//
// The supervisor is a process of its own because process 1 has to wait for any child, which would take the exit status
// of the components away from whoever started them.
func superviseAndReap(hostNet *os.File, command ...string) error {
	root := layout.Root(layout.Sandbox)
	files := []*os.File{nil, os.Stdout, os.Stderr}
	if hostNet != nil {
		files = append(files, nil, hostNet)
	}
	supervisor, err := os.StartProcess(root.Bin("cluster"),
		append([]string{"cluster", "--root", string(root)}, command...),
		&os.ProcAttr{Env: os.Environ(), Files: files})
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for s := range signals {
			_ = supervisor.Signal(s) // an error means that it has ended, which reap sees as well
		}
	}()
	return reap(supervisor.Pid)
}

// reap waits for every child until the one with the process id pid has ended.
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
			return nil // a stop that came before the supervisor handled signals
		case status.Signaled():
			return fmt.Errorf("the supervisor was ended by %s", status.Signal())
		case status.ExitStatus() != 0:
			return ErrSupervisor
		}
		return nil
	}
}
