package sandbox

import (
	"fmt"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// cgroup manages the cgroup that all Pods are below, in every hierarchy of cgroup v1 or in the one of v2.
func cgroup() (cgroups.Manager, error) {
	return manager.New(&cgroups.Cgroup{
		Path:      layout.CgroupRoot,
		Resources: &cgroups.Resources{SkipDevices: true},
	})
}

// CreateCgroups makes the cgroup that the kubelet is given as its root.
func CreateCgroups() error {
	m, err := cgroup()
	if err == nil {
		err = m.Apply(-1) // -1: create it, move no process into it
	}
	if err != nil {
		return fmt.Errorf("create cgroup %s: %w", layout.CgroupRoot, err)
	}
	return nil
}

// PodProcesses returns the process ids of all containers, as the caller's PID namespace numbers them.
func PodProcesses() ([]int, error) {
	m, err := cgroup()
	if err != nil {
		return nil, err
	}
	return m.GetAllPids()
}

// RemoveCgroups removes what the kubelet made. Where processes are left, they are those of another checkout's cluster,
// and it removes nothing.
func RemoveCgroups() error {
	if pids, err := PodProcesses(); err == nil && len(pids) > 0 {
		return nil
	}
	m, err := cgroup()
	if err == nil {
		err = m.Destroy() // what is not there is no error
	}
	if err != nil {
		return fmt.Errorf("remove cgroup %s: %w", layout.CgroupRoot, err)
	}
	return nil
}
