package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// clusterMounts gives the components folders of their own wherever they insist on a fixed path, so that nothing is
// written outside the root folder: the host's /run, /var/lib and /var/log are hidden by empty ones in memory.
func clusterMounts(root layout.Root) error {
	// Nothing may travel back to the host, but what is mounted later must reach the nodes: private first, then shared.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	// The root folder may itself lie below a path that is hidden: hold on to it.
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

// shareMounts lets what is mounted from now on reach the mount namespaces that are made from this one.
func shareMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share the mounts: %w", err)
	}
	return nil
}

// kernelSettings are those that a kubelet changes, with the values that it wants (pkg/util/sysctl of Kubernetes). They
// belong to the whole machine, whatever namespace they are written from.
var kernelSettings = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// shieldKernelSettings lets the kubelet read what it wants to read, so that it changes nothing: a laptop should not
// restart on a kernel oops because a cluster once ran on it.
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
			return fmt.Errorf("keep the machine's own %s: %w", name, err)
		}
	}
	return nil
}
