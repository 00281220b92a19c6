package sandbox

import (
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// cgroup manages the cgroup that all Pods are below, in every hierarchy of cgroup v1 or in the one of v2.
func cgroup(root layout.Root) (cgroups.Manager, error) {
	path, err := root.Cgroup()
	if err != nil {
		return nil, err
	}
	return manager.New(&cgroups.Cgroup{
		Path:      path,
		Resources: &cgroups.Resources{SkipDevices: true},
	})
}

// CreateCgroups makes the cgroup that the kubelet is given as its root.
func CreateCgroups(root layout.Root) error {
	m, err := cgroup(root)
	if err == nil {
		err = m.Apply(-1) // -1: create it, move no process into it
	}
	if err != nil {
		return fmt.Errorf("create the cgroup of the Pods: %w", err)
	}
	return nil
}

// PodProcesses returns the process ids of all containers, as the caller's PID namespace numbers them.
func PodProcesses(root layout.Root) ([]int, error) {
	m, err := cgroup(root)
	if err != nil {
		return nil, err
	}
	return m.GetAllPids()
}

// RemoveCgroups removes what the kubelet made.
func RemoveCgroups(root layout.Root) error {
	m, err := cgroup(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil // no state folder, no cluster
	}
	if err == nil {
		err = m.Destroy() // what is not there is no error
	}
	if err != nil {
		return fmt.Errorf("remove the cgroup of the Pods: %w", err)
	}
	return nil
}
