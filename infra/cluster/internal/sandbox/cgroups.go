package sandbox

import (
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// cgroup manages a cgroup in every hierarchy of cgroup v1, or in the one of v2.
func cgroup(path string) (cgroups.Manager, error) {
	return manager.New(&cgroups.Cgroup{
		Path:      path,
		Resources: &cgroups.Resources{SkipDevices: true},
	})
}

// createCgroup makes the cgroup that a kubelet is given as its root, empty: for each one of a container that is gone, a
// kubelet waits 3 s before it looks after its Pods.
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
	return nil
}

// removeCgroups removes what the kubelets made.
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

// removeCgroup removes a cgroup and those below it. That it is not there is no error.
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
