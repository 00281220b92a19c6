package clustertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
)

// buildUserland installs a minimal Debian release with the packages that the cluster needs in folder. It downloads them
// once: a folder that is complete has a second name, which is a link to it.
func buildUserland(folder, release string) error {
	complete := folder + ".complete"
	if _, err := os.Stat(complete); err == nil {
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "clustertest: downloading Debian %s, which takes about a minute\n", release)
	output, err := exec.Command("mmdebstrap", "--variant=minbase", "--include="+strings.Join(hostcheck.DebianPackages(), ","),
		`--aptopt=Apt::Install-Recommends "false"`, release, folder).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mmdebstrap %s: %w: %s", release, err, output)
	}
	return os.Symlink(filepath.Base(folder), complete)
}

// enterUserland makes folder the root of this process's mount namespace. The kernel's file systems, /tmp and the
// checkout keep their paths.
func enterUserland(folder, checkout string) error {
	if err := unix.Mount(folder, folder, "", unix.MS_BIND, ""); err != nil { // pivot_root(2) needs a mount point
		return fmt.Errorf("mount %s: %w", folder, err)
	}
	for _, path := range []string{"/proc", "/sys", "/dev", "/tmp", checkout} {
		if err := os.MkdirAll(folder+path, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(path, folder+path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mount %s in %s: %w", path, folder, err)
		}
	}
	if err := unix.Mount("tmpfs", folder+"/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount /run in %s: %w", folder, err)
	}
	err := unix.Chdir(folder)
	if err == nil {
		err = unix.PivotRoot(".", ".") // as in sandbox.changeRoot
	}
	if err == nil {
		err = unix.Unmount(".", unix.MNT_DETACH)
	}
	if err != nil {
		return fmt.Errorf("change to the root file system %s: %w", folder, errors.Join(err))
	}
	return unix.Chdir("/")
}
