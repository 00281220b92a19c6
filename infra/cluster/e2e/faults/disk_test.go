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

// disk is a small loop device with a file system that holds the state folder.
type disk struct{ image, folder string }

// newDisk deletes the cluster and mounts a new disk for its state folder. The disk is unmounted at the end of the test.
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

// unmount retries until the disk is unused: the kernel releases the mounts of exited processes with a delay.
func (d disk) unmount(t *testing.T) {
	t.Helper()
	clustertest.Await(t, "the disk to be unused", func() error { return unix.Unmount(d.folder, 0) })
	clustertest.Await(t, "the end of the loop device", func() error {
		devices, err := exec.Command("losetup", "--associated", d.image).Output()
		if err == nil && len(devices) > 0 {
			err = fmt.Errorf("the loop device is %s", devices)
		}
		return err
	})
}

// fill fills the disk until the given number of megabytes is left. makeRoom frees the space again.
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
		if err := file.Truncate(size); err != nil { // the step was too large
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

// free returns the free space on the disk, in bytes.
func (d disk) free(t *testing.T) int64 {
	t.Helper()
	var system unix.Statfs_t
	if err := unix.Statfs(d.folder, &system); err != nil {
		t.Fatal(err)
	}
	return int64(system.Bavail) * system.Bsize
}

// cutPower simulates a power cut of the disk: unsynced data is lost. The file system can be mounted again after
// unmount.
func (d disk) cutPower(t *testing.T) {
	t.Helper()
	folder, err := os.Open(d.folder)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (linux/ext4.h), which file system tests use.
	const shutdown, withoutFlush = 0x8004587d, 2
	if err := unix.IoctlSetPointerInt(int(folder.Fd()), shutdown, withoutFlush); err != nil {
		t.Fatal(fmt.Errorf("shut down the file system: %w", err))
	}
}

func must(t *testing.T, command string, args ...string) {
	t.Helper()
	if output, err := exec.Command(command, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", command, args, err, output)
	}
}
