// Package upgrade brings a state folder that an older version has left to the layout of this one.
package upgrade

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// version is that of the state folder's layout. Until 1 there was one node, which had its files beside the control plane's, and
// nothing that told the version. Until 2 the registry kept one folder of blobs for all repositories.
const version = 3

// State upgrades the state folder, whose lock the caller holds. A folder of a newer version is left alone, with an error.
func State(root layout.Root) error {
	found, err := read(root)
	if err != nil {
		return err
	}
	if found > version {
		return fmt.Errorf("%s was made by a newer version of this program (layout %d, this one knows %d): use that version, or delete the cluster with all that it holds (make cluster-delete)",
			root.State(), found, version)
	}
	if found < 2 {
		if err := giveNodeAFolder(root); err != nil {
			return fmt.Errorf("upgrade %s to layout %d: %w", root.State(), version, err)
		}
	}
	if found < 3 {
		// Nodes keep the images that they run, and `make up` pushes what the registry lacks.
		if err := os.RemoveAll(root.State("registry")); err != nil {
			return fmt.Errorf("upgrade %s to layout %d: %w", root.State(), version, err)
		}
	}
	return renameio.WriteFile(root.State("version"), fmt.Appendln(nil, version), 0o600)
}

func read(root layout.Root) (int, error) {
	path := root.State("version")
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		switch {
		case exists(root.State("nodes")):
			return 2, nil
		case exists(root.State("etcd")):
			return 1, nil
		}
		return version, nil // a new one
	}
	if err != nil {
		return 0, err
	}
	found, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("%s should hold the version of the folder's layout, and holds %q: remove the file, and it is made anew", path, content)
	}
	return found, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// giveNodeAFolder moves what is the node's: its images, Pods, volumes and logs. The folder gets its name when it is complete,
// since this may be interrupted.
func giveNodeAFolder(root layout.Root) error {
	nodes := root.State("nodes.new")
	node := filepath.Join(nodes, layout.Node(1).Name())
	if err := os.MkdirAll(node, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"containerd", "kubelet", "volumes", "pod-logs"} {
		err := os.Rename(root.State(name), filepath.Join(node, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	// Each start writes these, elsewhere by now.
	for _, name := range []string{
		"cni", "containerd.toml", "kubelet.yaml", "kube-proxy.yaml", "registries", "resolv.conf", "users",
		"admin.conf", "super-admin.conf", "controller-manager.conf", "scheduler.conf", "kubelet.conf",
	} {
		if err := os.RemoveAll(root.State(name)); err != nil {
			return err
		}
	}
	return os.Rename(nodes, root.State("nodes"))
}
