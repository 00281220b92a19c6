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

// programs are the folders of the host that a node's programs come from. A node can read them, and that is all that it
// has of the host's files.
var programs = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/cni"}

// settings are what those programs read: how to find libraries and each other, and names of users, protocols and ports.
var settings = []string{
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
	"/etc/protocols", "/etc/services", "/etc/iproute2", "/etc/os-release", "/etc/localtime", "/etc/selinux", "/etc/apparmor.d",
}

// nodeMounts gives the node a root file system of its own, in memory, with its own part of the state folder. So neither the
// node nor a container, however privileged its mounts, finds the administrator's kubeconfig, the certificates' keys, the
// other nodes' files, the user's home or the machine's disks.
//
// Finds, by looking. A privileged container has every right of root on this machine's kernel, as with every Kubernetes that
// runs in containers: who means harm can make a device file for the disk, or load a module. Pod Security's levels baseline
// and restricted are what admits no such container.
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
	for _, folder := range []string{"/proc", "/sys", "/dev", "/tmp", "/run", "/etc", "/var/lib", "/var/log", layout.Sandbox + "/bin", layout.Sandbox + "/cluster"} {
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
	for folder, mount := range map[string]func(path string) error{"/proc": mountProc, "/sys": mountSys, "/dev": mountDevices} {
		if err := mount(newRoot + folder); err != nil {
			return err
		}
	}
	if err := changeRoot(newRoot); err != nil {
		return err
	}
	if err := shieldKernelSettings(); err != nil {
		return err
	}
	return shareMounts()
}

// lendHost makes the host's programs and what they read visible below newRoot, read-only.
func lendHost(newRoot string) error {
	for _, path := range slices.Concat(programs, settings) {
		if err := lend(path, newRoot+path); err != nil {
			return err
		}
	}
	return nil
}

// lend makes the file, folder or symbolic link at source visible at target, read-only. What is not there is left out.
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
	// With all that is mounted below it, such as a /usr/local of its own.
	if err := unix.MountSetattr(-1, target, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("make %s read-only: %w", target, err)
	}
	return nil
}

// writeIdentity writes the files that tell one machine from another.
func writeIdentity(newRoot string, node layout.Node) error {
	// 32 hexadecimal digits, as machine-id(5) wants them.
	machineID := strings.Repeat("0", 31) + fmt.Sprint(int(node)) + "\n"
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", node.IP(), node.Name())
	return errors.Join(
		os.WriteFile(newRoot+"/etc/machine-id", []byte(machineID), 0o444),
		os.WriteFile(newRoot+"/etc/hosts", []byte(hosts), 0o644),
		os.WriteFile(newRoot+"/etc/hostname", []byte(node.Name()+"\n"), 0o644),
		os.WriteFile(newRoot+"/etc/resolv.conf", nil, 0o644), // no name server: the cluster has no way out
	)
}

// changeRoot makes newRoot the root, and lets go of the one before.
func changeRoot(newRoot string) error {
	if err := unix.Chdir(newRoot); err != nil {
		return err
	}
	// The old root is put on top of the new one, from where it is taken away: pivot_root(2), "pivot_root(".", ".")".
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change to the node's root file system: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the host's root file system: %w", err)
	}
	return unix.Chdir("/")
}
