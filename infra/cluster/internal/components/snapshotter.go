package components

import (
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
)

// snapshotter is how containerd stacks image layers: overlay mounts, or plain copies where the state folder lies on a
// file system that can't carry the upper layer of an overlay (as in a container).
func snapshotter(root layout.Root) string {
	if preflight.Overlay(root.State()) != nil {
		return "native"
	}
	return "overlayfs"
}
