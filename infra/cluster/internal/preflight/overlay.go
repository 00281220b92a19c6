package preflight

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Overlay mounts an overlay of folders in dir, for a moment, and returns an error where that does not work: in a kernel
// without, and on a file system that cannot carry an overlay's upper layer, such as another overlay.
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
	err = unix.Mount("overlay", dir+"/merged", "overlay", 0, options)
	return errors.Join(err, unmount(err, dir+"/merged"))
}

func unmount(mounted error, path string) error {
	if mounted != nil {
		return nil
	}
	return unix.Unmount(path, 0)
}

func overlay(m Machine) Finding {
	folder := existing(m.Root.State())
	if err := Overlay(folder); err != nil {
		return Finding{
			"overlay", Warning, "no overlay can be mounted in " + folder + " (" + err.Error() + "): images are copied for every container",
			"keep the checkout on ext4, xfs or btrfs, with a kernel that has CONFIG_OVERLAY_FS",
		}
	}
	return Finding{Check: "overlay", Result: OK}
}
