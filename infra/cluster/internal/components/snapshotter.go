package components

import (
	"os"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// snapshotter is how containerd stacks image layers: overlay mounts, or plain copies where the state folder lies on a
// file system that can't carry the upper layer of an overlay (as in a container).
func snapshotter(root layout.Root) string {
	dir, err := os.MkdirTemp(root.State(), "overlay-")
	if err != nil {
		return "native"
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if os.Mkdir(dir+"/"+name, 0o700) != nil {
			return "native"
		}
	}
	options := "lowerdir=" + dir + "/lower,upperdir=" + dir + "/upper,workdir=" + dir + "/work"
	if unix.Mount("overlay", dir+"/merged", "overlay", 0, options) != nil {
		return "native"
	}
	if unix.Unmount(dir+"/merged", 0) != nil {
		return "native"
	}
	return "overlayfs"
}
