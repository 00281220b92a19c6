package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// device is a character device. Linux assigns the numbers in Documentation/admin-guide/devices.txt.
type device struct {
	major, minor uint32
	mode         uint32
}

// devices are the devices of a node: those that every program expects, kmsg, from which the kubelet reads about killed
// processes, and fuse and net/tun, with which containers create file systems and networks. None gives access to the
// machine's disks, terminals or memory.
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

// mountDevices mounts a /dev for the node. A privileged container gets the same devices.
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
			err = unix.Chmod(file, d.mode) // without the umask
		}
		if err != nil {
			return fmt.Errorf("create the device %s: %w", name, err)
		}
	}
	// The terminals of `kubectl exec -t`. Group 5 is tty on every distribution.
	const terminals = "newinstance,gid=5,mode=620,ptmxmode=666"
	if err := unix.Mount("devpts", path+"/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, terminals); err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	// Shared memory of Pods with hostIPC.
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
