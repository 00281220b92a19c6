package hostcheck

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opencontainers/cgroups"
)

// Tasks are processes and threads. A new cluster of one node uses 150 tasks, and each Pod 20 to 30. The value for a
// node covers the demo twice.
const tasksOfControlPlane, tasksOfNode = 300, 1000

// source is a limit on the number of tasks, with the number that it still allows.
type source struct {
	name, remedy string
	free         uint64
}

// tasks compares the number of tasks that can still start with the number that a cluster uses.
func tasks(m Machine) []Finding {
	if m.Running != 0 { // the running cluster already has its tasks
		return nil
	}
	nodes, err := m.Root.Nodes()
	if err != nil {
		return nil // state reports it
	}
	return taskRoom(append(kernelTasks("/proc"), cgroupTasks("/sys/fs/cgroup", "/proc/self/cgroup")...),
		uint64(tasksOfControlPlane+tasksOfNode*max(1, len(nodes))))
}

func taskRoom(sources []source, need uint64) []Finding {
	const check = "tasks"
	for _, s := range sources {
		if s.free < need {
			return []Finding{{
				check, Failed,
				fmt.Sprintf("%s allows %d more processes and threads, and the cluster needs %d", s.name, s.free, need), s.remedy,
			}}
		}
	}
	return []Finding{{Check: check, Result: OK, Found: fmt.Sprintf("%d processes and threads can be started", need)}}
}

// kernelTasks returns the limits of the whole machine.
func kernelTasks(proc string) []source {
	load, err := os.ReadFile(filepath.Join(proc, "loadavg"))
	if err != nil {
		return nil
	}
	var running uint64
	if n, _ := fmt.Sscanf(string(load), "%f %f %f %d/%d", new(float64), new(float64), new(float64), new(uint64), &running); n != 5 {
		return nil
	}
	var sources []source
	for _, setting := range []string{"pid_max", "threads-max"} {
		limit, err := number(filepath.Join(proc, "sys/kernel", setting))
		if err == nil {
			sources = append(sources, source{"kernel." + setting, "raise it: `sysctl kernel." + setting + "=32768`", limit - min(limit, running)})
		}
	}
	return sources
}

// cgroupTasks returns the limits of the cgroups of this process. The cluster's components and containerd's shim for
// each Pod run in them. Pods have a cgroup outside them.
func cgroupTasks(mount, file string) []source {
	own, err := cgroups.ParseCgroupFile(file)
	if err != nil {
		return nil
	}
	path, v1 := own["pids"]
	if v1 {
		mount = filepath.Join(mount, "pids")
	} else {
		path = own[""]
	}
	var sources []source
	for ; path != "" && path != "/" && path != "."; path = filepath.Dir(path) {
		folder := filepath.Join(mount, path)
		limit, limitErr := number(filepath.Join(folder, "pids.max"))
		current, currentErr := number(filepath.Join(folder, "pids.current"))
		if limitErr == nil && currentErr == nil && limit != math.MaxUint64 {
			sources = append(sources, source{
				"the cgroup " + path,
				"raise TasksMax of its systemd unit (`systemctl set-property " + unit(path) + " TasksMax=infinity`), " +
					"or --pids-limit of the container",
				limit - min(limit, current),
			})
		}
	}
	return sources
}

// number reads a kernel file that holds one number or the word max.
func number(path string) (uint64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	text := strings.TrimSpace(string(content))
	if text == "max" {
		return math.MaxUint64, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

// unit returns the systemd unit of a cgroup, or a placeholder.
func unit(path string) string {
	name := filepath.Base(path)
	if strings.Contains(name, ".") {
		return name
	}
	return "UNIT"
}
