package clustertest

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// startInNamespace starts a script as process 1 of a PID namespace, and returns its process ID. stop kills it and waits
// for its end.
func startInNamespace(t *testing.T, script string) (pid int, stop func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to create a PID namespace")
	}
	command := exec.Command("/bin/sh", "-c", script)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = command.Process.Kill() // fails if it is stopped already
		_ = command.Wait()
	}
	t.Cleanup(stop)
	return command.Process.Pid, stop
}

// The kernel gives the lowest free inode to a new namespace: that of the namespace that ended just before.
func TestAProcessOfALaterNamespaceIsNotLeft(t *testing.T) {
	first, stop := startInNamespace(t, "exec sleep 60")
	processes := processesBelow(t, first)
	if err := noneLeft(t, processes); err == nil {
		t.Errorf("process %d runs, want an error", first)
	}
	stop()
	for range 20 { // the kernel frees an inode a few milliseconds after the end of its namespace
		startInNamespace(t, "exec sleep 60")
		if err := noneLeft(t, processes); err != nil {
			t.Fatalf("after the only process has ended: %v", err)
		}
	}
}

func TestAProcessOfANestedNamespaceIsLeft(t *testing.T) {
	first, _ := startInNamespace(t, "unshare --pid --fork sleep 60; :")
	processes := processesBelow(t, first)
	nested := func() int {
		for _, p := range processesBelow(t, first) {
			if strings.HasPrefix(p.Command, "sleep ") {
				return p.PID
			}
		}
		return 0
	}
	Await(t, "the nested process", func() error {
		if nested() == 0 {
			return errors.New("it does not run yet")
		}
		return nil
	})
	for pid, want := range map[int]bool{first: true, nested(): true, os.Getpid(): false, 1 << 22: false} {
		if got, err := isWithin(pid, processes[0].cluster); got != want || err != nil {
			t.Errorf("process %d is in the namespace: %v, %v, want %v", pid, got, err, want)
		}
	}
}
