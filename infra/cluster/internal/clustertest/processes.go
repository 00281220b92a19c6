package clustertest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// Process is a process of the cluster. Its IDs are those in the PID namespace of the tests.
type Process struct {
	PID, Parent int
	Command     string // with arguments, separated by spaces
	// cluster is the PID namespace of the cluster. While it is open, the kernel gives its inode to no other namespace.
	cluster *os.File
}

// Processes returns all processes of the running cluster, or none if it is stopped.
func Processes(t testing.TB) []Process {
	t.Helper()
	first, err := sandbox.PID(root)
	if err != nil {
		t.Fatal(err)
	}
	if first == 0 {
		return nil
	}
	return processesBelow(t, first)
}

// processesBelow returns process 1 of a cluster and its descendants.
func processesBelow(t testing.TB, first int) []Process {
	t.Helper()
	cluster, err := os.Open(pidNamespace(first))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Close() })
	all, pids := allProcesses(t), map[int]bool{first: true}
	for before := 0; len(pids) > before; { // until no child is added
		before = len(pids)
		for _, p := range all {
			if pids[p.Parent] {
				pids[p.PID] = true
			}
		}
	}
	all = slices.DeleteFunc(all, func(p Process) bool { return !pids[p.PID] })
	for i := range all {
		all[i].cluster = cluster
	}
	return all
}

// allProcesses returns the processes of the machine except zombies.
func allProcesses(t testing.TB) []Process {
	t.Helper()
	entries, err := procfs.AllProcs()
	if err != nil {
		t.Fatal(err)
	}
	var found []Process
	for _, entry := range entries {
		stat, err := entry.Stat()
		if err != nil || stat.State == "Z" {
			continue
		}
		command, _ := entry.CmdLine() // empty if the process has exited
		found = append(found, Process{PID: entry.PID, Parent: stat.PPID, Command: strings.Join(command, " ")})
	}
	return found
}

// AwaitNoneLeft waits until no process is left in the PID namespace of the cluster that the given processes belong to.
// The kernel kills the processes of a namespace one after the other.
func AwaitNoneLeft(t testing.TB, processes []Process) {
	t.Helper()
	Await(t, "the end of the cluster's processes", func() error { return noneLeft(t, processes) })
}

func noneLeft(t testing.TB, processes []Process) error {
	t.Helper()
	if len(processes) == 0 {
		return nil
	}
	for _, p := range allProcesses(t) {
		within, err := isWithin(p.PID, processes[0].cluster)
		if err != nil {
			t.Fatal(err)
		}
		if within {
			return fmt.Errorf("process %d still runs: %s", p.PID, p.Command)
		}
	}
	return nil
}

// isWithin reports whether a process is in a PID namespace or in one that is nested in it, as those of nodes and
// containers are in the cluster's. It returns false if the process has ended.
func isWithin(pid int, namespace *os.File) (bool, error) {
	outer, err := namespace.Stat()
	if err != nil {
		return false, err
	}
	current, err := os.Open(pidNamespace(pid))
	for err == nil {
		var info os.FileInfo
		if info, err = current.Stat(); err != nil || os.SameFile(info, outer) {
			return err == nil, errors.Join(err, current.Close())
		}
		current, err = parentNamespace(current)
	}
	// A permission is missing for the parent of the tests' own namespace, and for some processes of the host.
	if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	return false, err
}

// parentNamespace closes a PID namespace and opens the one that it is nested in.
func parentNamespace(namespace *os.File) (*os.File, error) {
	defer namespace.Close()
	fd, err := unix.IoctlRetInt(int(namespace.Fd()), unix.NS_GET_PARENT)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "parent of a PID namespace"), nil
}

func pidNamespace(pid int) string { return fmt.Sprintf("/proc/%d/ns/pid", pid) }
