//go:build e2e

package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// disk is a small one, with a file system that the state folder lies on.
type disk struct{ image, folder string }

// newDisk gives the cluster a new disk, in megabytes, and so a new state. The test's end takes it away.
func newDisk(t *testing.T, megabytes int64) disk {
	t.Helper()
	clustertest.Cluster(t, "delete")
	d := disk{filepath.Join(t.TempDir(), "disk"), clustertest.Root().State()}
	if err := errors.Join(os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, megabytes<<20), os.Mkdir(d.folder, 0o700)); err != nil {
		t.Fatal(err)
	}
	must(t, "mkfs.ext4", "-q", "-m", "0", d.image)
	d.mount(t)
	t.Cleanup(func() {
		if err := run("down").wait(); err != nil {
			t.Error(err)
		}
		d.unmount(t)
		if err := os.RemoveAll(d.folder); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(os.Chmod(d.folder, 0o700), os.Remove(filepath.Join(d.folder, "lost+found"))); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d disk) mount(t *testing.T) {
	t.Helper()
	must(t, "mount", "-o", "loop", d.image, d.folder)
}

// unmount waits until nobody uses the disk any more: the kernel lets go of the mounts of processes that have ended a moment later.
func (d disk) unmount(t *testing.T) {
	t.Helper()
	clustertest.Await(t, "the end of the disk's use", func() error { return unix.Unmount(d.folder, 0) })
	clustertest.Await(t, "the end of the disk's device", func() error {
		devices, err := exec.Command("losetup", "--associated", d.image).Output()
		if err == nil && len(devices) > 0 {
			err = fmt.Errorf("it is %s", devices)
		}
		return err
	})
}

// fill fills the disk until so many megabytes are left, and returns what makes room again.
func (d disk) fill(t *testing.T, left int64) (makeRoom func()) {
	t.Helper()
	path := filepath.Join(d.folder, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var size int64
	for step := int64(64 << 20); step >= 4096; {
		if d.free(t) > left<<20 && unix.Fallocate(int(file.Fd()), 0, size, step) == nil && d.free(t) >= left<<20 {
			size += step
			continue
		}
		if err := file.Truncate(size); err != nil { // too much
			t.Fatal(err)
		}
		step /= 2
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// free is what is free on the disk, in bytes.
func (d disk) free(t *testing.T) int64 {
	t.Helper()
	var system unix.Statfs_t
	if err := unix.Statfs(d.folder, &system); err != nil {
		t.Fatal(err)
	}
	return int64(system.Bavail) * system.Bsize
}

// cutPower takes the disk away as a power cut does: what has not been written to it is lost. The file system can be mounted again
// after it has been unmounted.
func (d disk) cutPower(t *testing.T) {
	t.Helper()
	folder, err := os.Open(d.folder)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	// EXT4_IOC_SHUTDOWN of linux/ext4.h with EXT4_GOING_FLAGS_NOLOGFLUSH, which the tests of file systems are made for.
	const shutdown, withoutFlush = 0x8004587d, 2
	if err := unix.IoctlSetPointerInt(int(folder.Fd()), shutdown, withoutFlush); err != nil {
		t.Fatal(fmt.Errorf("take the disk away: %w", err))
	}
}

func must(t *testing.T, command string, args ...string) {
	t.Helper()
	if output, err := exec.Command(command, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", command, args, err, output)
	}
}
