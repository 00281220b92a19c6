package provisioner

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestVolumesAreSpreadOverTheDisk(t *testing.T) {
	dir := t.TempDir()
	err := spread(dir)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL) {
		t.Skipf("the file system of %s has no such attribute: %v", dir, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	flags, err := unix.IoctlGetUint32(int(folder.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil || flags&topOfHierarchies == 0 {
		t.Errorf("attributes are %#x (%v), want %#x among them", flags, err, topOfHierarchies)
	}
}
