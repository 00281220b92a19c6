package preflight

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"
)

// controlGroups makes a cgroup, and looks for the controllers by which Pods are limited.
func controlGroups(Machine) []Finding {
	const check, onV1 = "cgroups", "mount them, or start the kernel with systemd.unified_cgroup_hierarchy=1"
	kind, needed, remedy := "v2", []string{"cpu", "memory", "pids"}, "start the kernel with cgroup_enable=memory"
	if !cgroups.IsCgroup2UnifiedMode() {
		kind, needed, remedy = "v1", append(needed, "cpuacct", "cpuset"), onV1 // the kubelet's own list
	}
	missing := slices.DeleteFunc(needed, available(kind))
	if len(missing) > 0 {
		return []Finding{{check, Failed, fmt.Sprintf("cgroup %s lacks the controllers %s", kind, strings.Join(missing, ", ")), remedy}}
	}
	if err := makeCgroup(); err != nil {
		return []Finding{{check, Failed, fmt.Sprintf("no cgroup can be made: %v", err), "run it on the machine itself, or in a container with a writable /sys/fs/cgroup"}}
	}
	return []Finding{{Check: check, Result: OK, Found: kind}}
}

func available(kind string) func(controller string) bool {
	if kind == "v1" {
		return func(controller string) bool {
			_, err := cgroups.FindCgroupMountpoint("", controller)
			return err == nil
		}
	}
	all, err := cgroups.GetAllSubsystems()
	return func(controller string) bool { return err == nil && slices.Contains(all, controller) }
}

func makeCgroup() error {
	m, err := manager.New(&cgroups.Cgroup{
		Path:      fmt.Sprintf("/kubernetes-networking-probe-%d", os.Getpid()),
		Resources: &cgroups.Resources{SkipDevices: true},
	})
	if err != nil {
		return err
	}
	if err := m.Apply(-1); err != nil { // -1: create it, move no process into it
		return err
	}
	return m.Destroy()
}
