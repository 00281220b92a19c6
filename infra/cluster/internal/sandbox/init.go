package sandbox

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Init is process 1 of the sandbox: it sets up the mounts and the network, starts the supervisor and reaps orphans.
// It returns when the supervisor has ended.
//
// The supervisor is a process of its own because process 1 has to wait for any child, which would take the exit status
// of the components away from whoever started them.
func Init(root layout.Root) error {
	if err := mounts(root); err != nil {
		return fmt.Errorf("set up the cluster's mounts: %w", err)
	}
	if err := unix.Sethostname([]byte(layout.NodeName)); err != nil {
		return fmt.Errorf("set the node's host name: %w", err)
	}
	if err := network(); err != nil {
		return fmt.Errorf("set up the cluster's network: %w", err)
	}
	if err := CreateCgroups(layout.Root(layout.Sandbox)); err != nil {
		return err
	}
	supervisor, err := os.StartProcess(layout.Root(layout.Sandbox).Bin("cluster"), []string{"cluster", "supervise", "--root", layout.Sandbox}, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{nil, os.Stdout, os.Stderr, nil, os.NewFile(HostNetFD, "host-net")},
	})
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
		case status.Signaled():
			return fmt.Errorf("the supervisor was ended by %s", status.Signal())
		case status.ExitStatus() != 0:
			return fmt.Errorf("the supervisor ended with exit status %d", status.ExitStatus())
		}
		return nil
	}
}
