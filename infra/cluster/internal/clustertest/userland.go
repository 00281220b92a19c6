package clustertest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// buildUserland installs a minimal Debian release in folder, with the packages that the cluster needs. It does so once.
func buildUserland(folder, release string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	unfinished := folder + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil { // of an interrupted run
		return err
	}
	fmt.Fprintf(os.Stderr, "clustertest: downloading Debian %s, which takes about a minute\n", release)
	output, err := exec.Command("mmdebstrap", "--variant=minbase", "--include="+strings.Join(hostcheck.DebianPackages(), ","),
		`--aptopt=Apt::Install-Recommends "false"`, release, unfinished).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mmdebstrap %s: %w: %s", release, err, output)
	}
	return os.Rename(unfinished, folder)
}

// enterUserland makes folder the root of this process's mount namespace. The kernel's file systems, /tmp and the
// checkout keep their paths.
func enterUserland(folder, checkout string) error {
	if err := unix.Mount(folder, folder, "", unix.MS_BIND, ""); err != nil { // a root must be a mount point
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
	return sandbox.ChangeRoot(folder)
}
