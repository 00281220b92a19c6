package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Pods have the weight of eight processes. In the hierarchy of CPU time, the cgroup of all Pods stands beside each
// process of the machine, and not beside their sum. With the default weight, all Pods together therefore got no more than
// one of a busy machine's processes: databases answered after 5 s.
const (
	podsShares = 8 * 1024 // cgroup v1
	podsWeight = 8 * 100  // cgroup v2
)

// cgroup returns the manager of a cgroup, in every hierarchy of cgroup v1 or in the single hierarchy of v2.
func cgroup(path string) (cgroups.Manager, error) {
	return manager.New(&cgroups.Cgroup{
		Path:      path,
		Resources: &cgroups.Resources{SkipDevices: true},
	})
}

// createCgroup creates the root cgroup of a kubelet, without the old cgroups below it: for each cgroup of a container
// that no longer exists, a kubelet waits 3 s before it starts Pods.
func createCgroup(path string) error {
	if err := removeCgroup(path); err != nil {
		return err
	}
	m, err := cgroup(path)
	if err == nil {
		err = m.Apply(-1) // -1: create it, move no process into it
	}
	if err != nil {
		return fmt.Errorf("create cgroup %s: %w", path, err)
	}
	return raise(filepath.Dir(path))
}

// raise gives a cgroup the weight of Pods.
func raise(path string) error {
	m, err := cgroup(path)
	if err == nil {
		err = m.Set(&cgroups.Resources{SkipDevices: true, CpuShares: podsShares, CpuWeight: podsWeight})
	}
	if err != nil {
		return fmt.Errorf("set the CPU weight of cgroup %s: %w", path, err)
	}
	return nil
}

// removeCgroups removes the cgroups of all nodes.
func removeCgroups(root layout.Root) error {
	path, err := root.Cgroup()
	if errors.Is(err, os.ErrNotExist) {
		return nil // no state folder, no cluster
	}
	if err != nil {
		return err
	}
	return removeCgroup(path)
}

// removeCgroup removes a cgroup, if it exists, and those below it.
func removeCgroup(path string) error {
	m, err := cgroup(path)
	if err == nil {
		err = m.Destroy()
	}
	if err != nil {
		return fmt.Errorf("remove cgroup %s: %w", path, err)
	}
	return nil
}
