package hostcheck

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Overlay mounts an overlay of temporary folders in dir and unmounts it again. It returns an error if the kernel has no
// overlayfs, or if the file system cannot hold an upper layer, as with another overlay.
func Overlay(dir string) error {
	dir, err := os.MkdirTemp(dir, "overlay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
	}
	options := "lowerdir=" + dir + "/lower,upperdir=" + dir + "/upper,workdir=" + dir + "/work"
	if err := unix.Mount("overlay", dir+"/merged", "overlay", 0, options); err != nil {
		return err
	}
	return unix.Unmount(dir+"/merged", 0)
}

func overlay(m Machine) Finding {
	folder := existing(m.Root.State())
	if err := Overlay(folder); err != nil {
		return Finding{
			"overlay", Warning, "cannot mount an overlay in " + folder + " (" + err.Error() + "): every container gets a copy of its image",
			"keep the checkout on ext4, xfs or btrfs, with a kernel that has CONFIG_OVERLAY_FS",
		}
	}
	return Finding{Check: "overlay", Result: OK}
}
