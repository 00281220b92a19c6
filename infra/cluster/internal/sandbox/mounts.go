package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// clusterMounts mounts empty folders in memory over /run, /var/lib and /var/log, where components write to fixed paths,
// so that nothing is written outside the root folder. It mounts the root folder at layout.Sandbox.
func clusterMounts(root layout.Root) error {
	// Mounts must not propagate to the host, but later ones must propagate to the nodes: private first, then shared.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	// Keep the root folder open: it may be below one of the paths that are mounted over.
	rootFD, err := unix.Open(string(root), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", root, err)
	}
	defer unix.Close(rootFD)
	for _, path := range []string{"/run", "/var/lib", "/var/log"} {
		if err := mountEmpty(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(layout.Sandbox, 0o755); err != nil {
		return err
	}
	if err := bind(fmt.Sprintf("/proc/self/fd/%d", rootFD), layout.Sandbox); err != nil {
		return err
	}
	if err := mountProc("/proc"); err != nil {
		return err
	}
	return shareMounts()
}

func mountEmpty(path string) error {
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount an empty %s: %w", path, err)
	}
	return nil
}

func mountProc(path string) error {
	if err := unix.Mount("proc", path, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}

func bind(source, target string) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s at %s: %w", source, target, err)
	}
	return nil
}

// shareMounts makes later mounts propagate to the mount namespaces that are created from this one.
func shareMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share the mounts: %w", err)
	}
	return nil
}

// kernelSettings are the settings that a kubelet changes, with its values (pkg/util/sysctl of Kubernetes). No namespace
// confines them: they apply to the whole machine.
var kernelSettings = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// shieldKernelSettings mounts files with the kubelet's values over the settings, so that the kubelet changes nothing on
// the machine: a laptop should not restart on a kernel oops because a cluster once ran on it.
func shieldKernelSettings() error {
	for name, value := range kernelSettings {
		shield := filepath.Join("/run/kernel-settings", name)
		if err := os.MkdirAll(filepath.Dir(shield), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(shield, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := bind(shield, filepath.Join("/proc/sys", name)); err != nil {
			return fmt.Errorf("protect the machine's setting %s: %w", name, err)
		}
	}
	return nil
}
