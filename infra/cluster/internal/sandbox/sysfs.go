package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// controls are the file systems below /sys by which a container runtime confines containers: all that a node may write to
// there.
var controls = []string{"fs/cgroup", "fs/selinux", "kernel/security"}

// mountSys makes a /sys of the node's own at path, which shows the node's network devices, and changes nothing of the
// machine.
func mountSys(path string) error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("sysfs", path, "sysfs", flags, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	// The mount, not the file system: all containers in the node's network namespace share that one.
	if err := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|flags, ""); err != nil {
		return fmt.Errorf("make /sys read-only: %w", err)
	}
	for _, control := range controls {
		source := filepath.Join("/sys", control)
		if _, err := os.Stat(source); os.IsNotExist(err) {
			continue // this kernel has no such thing
		}
		if err := bind(source, filepath.Join(path, control)); err != nil {
			return err
		}
	}
	return nil
}
