package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// memory is the memory of each program of the cluster, its Pods included, in kB: the proportional set size, which counts what
// processes share once.
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
	for _, pid := range processes {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			continue // it has ended since
		}
		arguments := strings.Split(string(command), "\x00")
		name := filepath.Base(arguments[0])
		if name == "cluster" && len(arguments) > 1 {
			name += " " + strings.Trim(strings.Join(arguments[1:min(4, len(arguments))], " "), "-")
		}
		size, err := proportionalSetSize(pid)
		if err != nil {
			continue
		}
		used[name] += size
	}
	return used, nil
}

// descendants are a process and all that were started by it, or handed to it.
func descendants(first int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // from the state on, then the parent
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, err
		}
		children[parent] = append(children[parent], pid)
	}
	all := []int{first}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

func proportionalSetSize(pid int) (int, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if rest, found := strings.CutPrefix(line, "Pss:"); found {
			return strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
		}
	}
	return 0, fmt.Errorf("process %d has no Pss", pid)
}
