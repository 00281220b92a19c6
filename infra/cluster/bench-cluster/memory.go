package main

import (
	"path/filepath"

	"github.com/prometheus/procfs"

	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// memory returns the memory of each program of the cluster, its Pods included, in kB. It is the proportional set size,
// which counts pages that processes share only once.
func (c *cluster) memory() (map[string]int, error) {
	first, err := sandbox.PID(c.root)
	if err != nil {
		return nil, err
	}
	processes, err := descendants(first)
	if err != nil {
		return nil, err
	}
	used := map[string]int{}
	for _, process := range processes {
		arguments, err := process.CmdLine()
		rollup, memoryErr := process.ProcSMapsRollup()
		if err != nil || memoryErr != nil || len(arguments) == 0 {
			continue // the process has exited
		}
		name := filepath.Base(arguments[0])
		if name == "cluster" && len(arguments) > 1 {
			name += " " + arguments[1]
		}
		used[name] += int(rollup.Pss / 1024)
	}
	return used, nil
}

// descendants returns a process and all its descendants, including orphans that it has adopted.
func descendants(first int) (procfs.Procs, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return nil, err
	}
	children := map[int]procfs.Procs{}
	for _, process := range all {
		if stat, err := process.Stat(); err == nil { // otherwise it has exited
			children[stat.PPID] = append(children[stat.PPID], process)
		}
	}
	root, err := procfs.NewProc(first)
	found := procfs.Procs{root}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].PID]...)
	}
	return found, err
}
