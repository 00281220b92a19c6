package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// programs are the host's folders with the programs that a node runs. Apart from settings, they are all that a node can
// read of the host's files.
var programs = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}

// settings are the files that those programs read: paths of libraries and programs, and names of users, protocols and
// ports.
var settings = []string{
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/iproute2",
	"/etc/os-release", "/etc/localtime", "/etc/selinux", "/etc/apparmor.d",
}

// nodeMounts gives the node its own root file system, in memory, with the node's part of the state folder. Neither the
// node nor a container with host mounts can see the administrator's kubeconfig, the keys of certificates, other nodes'
// files, the user's home or the machine's disks.
//
// This prevents accidents, not attacks by a privileged container. Such a container has root's rights on this machine's
// kernel, as in every Kubernetes that runs in containers: it can create a device file for the disk, or load a module.
// The Pod Security levels baseline and restricted admit no such container.
func nodeMounts(node layout.Node) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	const newRoot = "/run/node"
	if err := os.MkdirAll(newRoot, 0o755); err != nil {
		return err
	}
	if err := mountEmpty(newRoot); err != nil {
		return err
	}
	for _, folder := range []string{
		"/proc", "/sys", "/dev", "/tmp", "/run", "/etc", "/var/lib", "/var/log",
		layout.Sandbox + "/bin", layout.Sandbox + "/cluster",
	} {
		if err := os.MkdirAll(newRoot+folder, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(newRoot+"/tmp", 0o777|os.ModeSticky); err != nil {
		return err
	}
	cluster := layout.Root(layout.Sandbox)
	if err := bind(cluster.NodeState(node), newRoot+layout.Sandbox+"/cluster"); err != nil {
		return err
	}
	if err := lend(cluster.Bin(""), newRoot+layout.Sandbox+"/bin"); err != nil {
		return err
	}
	if err := lendHost(newRoot); err != nil {
		return err
	}
	if err := writeIdentity(newRoot, node); err != nil {
		return err
	}
	for folder, mount := range map[string]func(path string) error{
		"/proc": mountProc, "/sys": mountSys, "/dev": mountDevices,
	} {
		if err := mount(newRoot + folder); err != nil {
			return err
		}
	}
	if err := ChangeRoot(newRoot); err != nil {
		return err
	}
	if err := shieldKernelSettings(); err != nil {
		return err
	}
	return shareMounts()
}

// lendHost mounts the host's programs and settings read-only below newRoot.
func lendHost(newRoot string) error {
	for _, path := range slices.Concat(programs, settings) {
		if err := lend(path, newRoot+path); err != nil {
			return err
		}
	}
	return nil
}

// lend mounts the file or folder source read-only at target. It copies a symbolic link, and ignores a source that does
// not exist.
func lend(source, target string) error {
	info, err := os.Lstat(source)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(target), 0o755)
	}
	if err != nil {
		return err
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		to, err := os.Readlink(source)
		if err != nil {
			return err
		}
		return os.Symlink(to, target)
	case info.IsDir():
		err = os.MkdirAll(target, 0o755)
	default:
		err = os.WriteFile(target, nil, 0o644)
	}
	if err != nil {
		return err
	}
	if err := bind(source, target); err != nil {
		return err
	}
	// Recursive: /usr/local, for example, may be a mount below /usr.
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(-1, target, unix.AT_RECURSIVE, readOnly); err != nil {
		return fmt.Errorf("make %s read-only: %w", target, err)
	}
	return nil
}

// writeIdentity writes the files that distinguish one machine from another.
func writeIdentity(newRoot string, node layout.Node) error {
	// machine-id(5) requires 32 hexadecimal digits.
	machineID := strings.Repeat("0", 31) + fmt.Sprint(int(node)) + "\n"
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", node.IP(), node.Name())
	return errors.Join(
		os.WriteFile(newRoot+"/etc/machine-id", []byte(machineID), 0o444),
		os.WriteFile(newRoot+"/etc/hosts", []byte(hosts), 0o644),
		os.WriteFile(newRoot+"/etc/hostname", []byte(node.Name()+"\n"), 0o644),
		os.WriteFile(newRoot+"/etc/resolv.conf", nil, 0o644), // no name server: the cluster cannot reach one
	)
}

// ChangeRoot makes the mount point newRoot the root of this mount namespace, and unmounts the old one.
func ChangeRoot(newRoot string) error {
	if err := unix.Chdir(newRoot); err != nil {
		return err
	}
	// This mounts the old root on top of the new one, from where it is unmounted: see pivot_root(2), "pivot_root(".",
	// ".")".
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change to the root file system %s: %w", newRoot, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host's root file system: %w", err)
	}
	return unix.Chdir("/")
}
