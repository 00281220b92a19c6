package provisioner

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// topOfHierarchies is FS_TOPDIR_FL of linux/fs.h, which x/sys lacks: `chattr +T`.
const topOfHierarchies = 0x00020000

// spread has ext4 put each folder in dir into a part of the disk where there is room, as it does in the root folder. It
// would put them side by side, where the volumes were that somebody has just deleted, and look through the inodes of
// all their files (it does not use those again for a minute) for each file of a new database: seconds, for a thousand.
func spread(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	flags, err := unix.IoctlGetUint32(int(folder.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		return fmt.Errorf("read the attributes of %s: %w", dir, err)
	}
	if err := unix.IoctlSetPointerInt(int(folder.Fd()), unix.FS_IOC_SETFLAGS, int(flags)|topOfHierarchies); err != nil {
		return fmt.Errorf("change the attributes of %s: %w", dir, err)
	}
	return nil
}
