package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// device is a character device: its numbers, of Documentation/admin-guide/devices.txt of Linux, and who may use it.
type device struct {
	major, minor uint32
	mode         uint32
}

// devices are those that every program expects, what a kubelet learns of killed processes from (kmsg), and what containers
// make file systems and networks of their own with (fuse, net/tun). None belongs to a part of the machine: no disk, no
// terminal, no memory.
var devices = map[string]device{
	"null":    {1, 3, 0o666},
	"zero":    {1, 5, 0o666},
	"full":    {1, 7, 0o666},
	"random":  {1, 8, 0o666},
	"urandom": {1, 9, 0o666},
	"kmsg":    {1, 11, 0o600},
	"tty":     {5, 0, 0o666},
	"fuse":    {10, 229, 0o666},
	"net/tun": {10, 200, 0o666},
}

// mountDevices makes a /dev of the node's own. What is in it a privileged container gets as well.
func mountDevices(path string) error {
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mount an empty /dev: %w", err)
	}
	for _, folder := range []string{"net", "pts", "shm"} {
		if err := os.Mkdir(filepath.Join(path, folder), 0o755); err != nil {
			return err
		}
	}
	for name, d := range devices {
		file := filepath.Join(path, name)
		err := unix.Mknod(file, unix.S_IFCHR|d.mode, int(unix.Mkdev(d.major, d.minor)))
		if err == nil {
			err = unix.Chmod(file, d.mode) // which the umask has not restricted
		}
		if err != nil {
			return fmt.Errorf("make the device %s: %w", name, err)
		}
	}
	// The terminals of `kubectl exec -t`. 5 is the group tty everywhere.
	if err := unix.Mount("devpts", path+"/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,gid=5,mode=620,ptmxmode=666"); err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	// The memory that Pods with hostIPC share.
	if err := unix.Mount("tmpfs", path+"/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return fmt.Errorf("mount /dev/shm: %w", err)
	}
	return errors.Join(
		os.Symlink("pts/ptmx", path+"/ptmx"),
		os.Symlink("/proc/self/fd", path+"/fd"),
		os.Symlink("/proc/self/fd/0", path+"/stdin"),
		os.Symlink("/proc/self/fd/1", path+"/stdout"),
		os.Symlink("/proc/self/fd/2", path+"/stderr"),
	)
}
