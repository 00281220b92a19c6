package sandbox

import (
	"fmt"
	"slices"

	"github.com/prometheus/procfs"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
)

// Processes returns all processes of the cluster on this state folder, including orphans that process 1 has adopted. It
// returns none if no cluster runs.
func Processes(root layout.Root) (procfs.Procs, error) {
	first, err := PID(root)
	if err != nil || first == 0 {
		return nil, err
	}
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
	init, err := procfs.NewProc(first)
	found := procfs.Procs{init}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].PID]...)
	}
	return found, err
}

// NodePID returns the process ID of process 1 of a node's sandbox. It returns an error if the node does not run.
func NodePID(root layout.Root, node layout.Node) (int, error) {
	processes, err := Processes(root)
	if err != nil {
		return 0, err
	}
	for _, p := range processes {
		line, _ := p.CmdLine() // empty if the process has exited
		if i := slices.Index(line, "--node"); i > 1 && line[1] == process.InitNode.Name && i+1 < len(line) && line[i+1] == node.Name() {
			return p.PID, nil
		}
	}
	return 0, fmt.Errorf("node %[1]s does not run: start it with `cluster node start %[1]s`", node.Name())
}
