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
	// endTimeout is how long the kernel may take to end what was killed.
	endTimeout = 5 * time.Second
	// lockTimeout is how long the lock may be held without a cluster: by who starts one, or removes the folder.
	lockTimeout = 15 * time.Second
)

// Lock is held by who starts a cluster, for as long as it lives, or removes the state folder.
type Lock struct{ file *os.File }

// Close lets go of the lock. A cluster that was started with it keeps it.
func (l *Lock) Close() error { return l.file.Close() }

// TakeLock takes the lock on the state folder, which it makes if need be. Where a cluster runs it returns ErrRunning.
func TakeLock(root layout.Root) (lock *Lock, err error) {
	err = retry(lockTimeout, func() (again bool, err error) {
		if err := os.MkdirAll(root.State(), 0o700); err != nil {
			return false, fmt.Errorf("make the state folder: %w", err)
		}
		file, err := os.OpenFile(root.State("lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, os.ErrNotExist) { // the folder has been removed just now
			return true, err
		}
		if err != nil {
			return false, err
		}
		if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			_, nobody := readOwner(root)
			return nobody != nil, errors.Join(ErrRunning, file.Close())
		}
		if !isAt(file, root.State("lock")) { // it is the lock of a folder that has been removed
			return true, errors.Join(ErrRunning, file.Close())
		}
		lock = &Lock{file}
		return false, file.Truncate(0) // forget whose it was
	})
	return lock, err
}

// RemoveState removes the state folder. It has another name meanwhile: who takes the lock would put it into a folder that is
// half gone.
func RemoveState(root layout.Root) error {
	removed := root.State() + ".removed"
	if err := os.RemoveAll(removed); err != nil { // of a removal that was interrupted
		return err
	}
	if err := os.Rename(root.State(), removed); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(removed)
}

// isAt says whether an open file is the one at path.
func isAt(file *os.File, path string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(open, there)
}

// retry calls try until it wants no more, or timeout is over.
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

// PID returns the process id of the sandbox's process 1, or 0 where no cluster runs on this state folder. While somebody
// starts a cluster it waits for it. In another PID namespace than the cluster was started in, the process id would be that of
// another process: PID returns an error.
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
			return false, nil // nobody holds it: what the file says is from a cluster that is gone
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

// AwaitEnd waits for the processes of a cluster that was killed: the kernel frees its lock before it has ended the last
// of them.
func AwaitEnd(root layout.Root) error {
	holder, err := readOwner(root)
	if err != nil || holder.checkPIDNamespace() != nil {
		return nil // nobody has ever held it, or has left before writing, or its number is not of this namespace
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
	if now, err := startTime(pid); err != nil || now != holder.started {
		return nil // it is gone, or another process has its number by now
	}
	if ended, err := waitFor(fd, endTimeout); !ended {
		return errors.Join(fmt.Errorf("process %d, a cluster that was killed, does not end within %s", pid, endTimeout), err)
	}
	return nil
}
