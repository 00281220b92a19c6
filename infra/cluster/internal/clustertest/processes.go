package clustertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/procfs"

	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// Process is a process of the cluster. Its IDs are those in the PID namespace of the tests.
type Process struct {
	PID, Parent int
	Command     string // with arguments, separated by spaces
	namespaces  []procfs.Namespace
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
	all, pids := allProcesses(t), map[int]bool{first: true}
	for before := 0; len(pids) > before; { // until no child is added
		before = len(pids)
		for _, p := range all {
			if pids[p.Parent] {
				pids[p.PID] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(p Process) bool { return !pids[p.PID] })
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
		namespaces, _ := entry.Namespaces()
		found = append(found, Process{
			PID: entry.PID, Parent: stat.PPID, Command: strings.Join(command, " "),
			namespaces: slices.Collect(maps.Values(namespaces)),
		})
	}
	return found
}

// AwaitNoneLeft waits until no process is left in the cluster's own namespaces, which it takes from the given
// processes. The kernel kills the processes of a namespace one after the other.
func AwaitNoneLeft(t testing.TB, processes []Process) {
	t.Helper()
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	shared, err := self.Namespaces()
	if err != nil {
		t.Fatal(err)
	}
	own := map[procfs.Namespace]bool{}
	for _, p := range processes {
		for _, namespace := range p.namespaces {
			own[namespace] = true
		}
	}
	for _, namespace := range shared {
		delete(own, namespace)
	}
	Await(t, "the end of the cluster's processes", func() error {
		for _, p := range allProcesses(t) {
			if slices.ContainsFunc(p.namespaces, func(n procfs.Namespace) bool { return own[n] }) {
				return fmt.Errorf("process %d still runs: %s", p.PID, p.Command)
			}
		}
		return nil
	})
}
