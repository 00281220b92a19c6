package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// controls are the file systems below /sys with which a container runtime confines containers. A node can write only to
// these.
var controls = []string{"fs/cgroup", "fs/selinux", "kernel/security"}

// mountSys mounts a read-only /sys, which shows the node's network devices, at path.
func mountSys(path string) error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("sysfs", path, "sysfs", flags, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	// Remount the mount, not the file system: all containers in the node's network namespace share the file system.
	if err := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|flags, ""); err != nil {
		return fmt.Errorf("make /sys read-only: %w", err)
	}
	for _, control := range controls {
		source := filepath.Join("/sys", control)
		if _, err := os.Stat(source); os.IsNotExist(err) {
			continue // this kernel does not have it
		}
		if err := bind(source, filepath.Join(path, control)); err != nil {
			return err
		}
	}
	return nil
}
