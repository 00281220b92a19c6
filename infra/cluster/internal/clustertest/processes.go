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

// Process is a process of the cluster, by the number that it has on this machine.
type Process struct {
	PID, Parent int
	Command     string // with its arguments, after blanks
	namespaces  []procfs.Namespace
}

// Processes are all of the running cluster. Without a cluster there are none.
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
	for before := 0; len(pids) > before; { // until there are no more children
		before = len(pids)
		for _, p := range all {
			if pids[p.Parent] {
				pids[p.PID] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(p Process) bool { return !pids[p.PID] })
}

// allProcesses are those of the machine, but for dead ones that their parents have not taken note of yet.
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
		command, _ := entry.CmdLine() // where it has ended since, it has neither
		namespaces, _ := entry.Namespaces()
		found = append(found, Process{
			PID: entry.PID, Parent: stat.PPID, Command: strings.Join(command, " "),
			namespaces: slices.Collect(maps.Values(namespaces)),
		})
	}
	return found
}

// AwaitNoneLeft waits until nothing runs any more in the namespaces that these processes of the cluster had of their own: the
// kernel ends one after the other.
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
				return fmt.Errorf("process %d is left: %s", p.PID, p.Command)
			}
		}
		return nil
	})
}
