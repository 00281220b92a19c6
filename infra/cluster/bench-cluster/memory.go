package main

import (
	"path/filepath"

	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// memory returns the memory of each program of the cluster, its Pods included, in kB. It is the proportional set size,
// which counts pages that processes share only once.
func (c *cluster) memory() (map[string]int, error) {
	processes, err := sandbox.Processes(c.root)
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
