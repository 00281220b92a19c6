package hostcheck

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"
)

// controlGroups creates a temporary cgroup and checks that it has the controllers that limit Pods.
func controlGroups(Machine) []Finding {
	const check = "cgroups"
	kind, needed, remedy := "v2", []string{"cpu", "memory", "pids"},
		"start the kernel with cgroup_enable=memory; in a container, use the host's cgroups (`docker run --cgroupns=host`)"
	if !cgroups.IsCgroup2UnifiedMode() {
		kind, needed = "v1", append(needed, "cpuacct", "cpuset") // the kubelet's own list
		remedy = "mount them, or start the kernel with systemd.unified_cgroup_hierarchy=1"
	}
	available, err := newCgroupControllers(kind)
	if err != nil {
		return []Finding{{
			check, Failed, fmt.Sprintf("cannot create a cgroup: %v", err),
			onTheMachine + "or in a container with a writable /sys/fs/cgroup",
		}}
	}
	missing := slices.DeleteFunc(needed, func(controller string) bool { return slices.Contains(available, controller) })
	if len(missing) > 0 {
		return []Finding{{
			check, Failed, fmt.Sprintf("cgroup %s lacks the controllers %s here", kind, strings.Join(missing, ", ")), remedy,
		}}
	}
	return []Finding{{Check: check, Result: OK, Found: kind}}
}

func newCgroupControllers(kind string) (controllers []string, err error) {
	m, err := manager.New(&cgroups.Cgroup{
		Path:      fmt.Sprintf("/kubernetes-networking-probe-%d", os.Getpid()),
		Resources: &cgroups.Resources{SkipDevices: true},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.Destroy()) }()
	if err := m.Apply(-1); err != nil { // -1: create it, move no process into it
		return nil, err
	}
	if kind == "v1" { // a hierarchy for each controller
		for controller := range m.GetPaths() {
			controllers = append(controllers, controller)
		}
		return controllers, nil
	}
	content, err := os.ReadFile(filepath.Join(m.Path(""), "cgroup.controllers"))
	return strings.Fields(string(content)), err
}
