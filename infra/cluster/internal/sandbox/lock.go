package sandbox

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

const (
	// endTimeout is how long the kernel may take to end killed processes.
	endTimeout = 5 * time.Second
	// lockTimeout is how long a command may hold the lock while it starts a cluster or removes the state folder.
	lockTimeout = 15 * time.Second
)

// Lock is the lock of a state folder. Process 1 of a cluster holds it for as long as the cluster runs, and a command
// holds it while it starts a cluster or removes the folder.
type Lock struct{ file *os.File }

// Close releases the lock in this process. A cluster that was started with the lock still holds it.
func (l *Lock) Close() error { return l.file.Close() }

// TakeLock locks the state folder, which it creates if needed. It waits for other commands, and returns ErrRunning if a
// cluster runs.
func TakeLock(root layout.Root) (lock *Lock, err error) {
	err = retry(lockTimeout, func() (again bool, err error) {
		if err := os.MkdirAll(root.State(), 0o700); err != nil {
			return false, fmt.Errorf("create the state folder: %w", err)
		}
		file, err := os.OpenFile(root.State("lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, os.ErrNotExist) { // another command just removed the folder
			return true, err
		}
		if err != nil {
			return false, err
		}
		if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			_, noOwner := readOwner(root)
			return noOwner != nil, errors.Join(ErrRunning, file.Close())
		}
		if !isAt(file, root.State("lock")) { // the lock of a folder that was removed
			return true, errors.Join(ErrRunning, file.Close())
		}
		lock = &Lock{file}
		return false, file.Truncate(0) // remove the previous owner
	})
	return lock, err
}

// RemoveState removes the state folder. It renames the folder first, so that another command cannot lock a folder that
// is being removed.
func RemoveState(root layout.Root) error {
	removed := root.State() + ".removed"
	if err := os.RemoveAll(removed); err != nil { // left by an interrupted removal
		return err
	}
	if err := os.Rename(root.State(), removed); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(removed)
}

// isAt reports whether an open file is the file at path.
func isAt(file *os.File, path string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(open, there)
}

// retry calls try until it returns again as false or timeout has passed.
func retry(timeout time.Duration, try func() (again bool, err error)) error {
	deadline := time.Now().Add(timeout)
	for {
		again, err := try()
		if !again || time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// PID returns the process ID of the sandbox's process 1, or 0 if no cluster runs on this state folder. It waits while
// another command starts a cluster. It returns an error in another PID namespace than the one that the cluster was
// started in, where the ID would belong to another process.
func PID(root layout.Root) (pid int, err error) {
	err = retry(lockTimeout, func() (again bool, err error) {
		lock, err := os.Open(root.State("lock"))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		defer lock.Close()
		if unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
			return false, nil // not locked: the file names a cluster that has ended
		}
		holder, err := readOwner(root)
		if err != nil {
			return true, err
		}
		if err := holder.checkPIDNamespace(); err != nil {
			return false, err
		}
		pid = holder.pid
		return false, nil
	})
	return pid, err
}

// AwaitEnd waits for the processes of a cluster that was killed: the kernel releases its lock before the last of them
// ends.
func AwaitEnd(root layout.Root) error {
	holder, err := readOwner(root)
	if err != nil || holder.checkPIDNamespace() != nil {
		return nil // no cluster has run, or its process ID is not of this namespace
	}
	pid := holder.pid
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if started, err := startTime(pid); err != nil || started != holder.started {
		return nil // it has ended, or another process has its ID now
	}
	if ended, err := waitFor(fd, endTimeout); !ended {
		return errors.Join(fmt.Errorf("process %d of a killed cluster did not end within %s", pid, endTimeout), err)
	}
	return nil
}
