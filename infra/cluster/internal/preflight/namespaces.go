package preflight

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// inNamespaces calls do in namespaces of the kinds that the cluster lives in, so that what it makes is gone afterwards.
func inNamespaces(do func()) error {
	if _, err := os.Stat("/proc/self/ns/pid"); err != nil { // the one kind that a thread cannot enter by itself
		return err
	}
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with this goroutine, and nobody else comes to run in its namespaces.
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end, and /proc/self would show the namespaces of the check for the rest of this process:
			// the cluster would publish its ports there. It is held here while another thread runs the check.
			defer runtime.UnlockOSThread()
			done <- inNamespaces(do)
			return
		}
		err := enter()
		if err == nil {
			do()
		}
		done <- err
	}()
	return <-done
}

func enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil { // iptables would take the lock of the host's own
		return fmt.Errorf("mount an empty /run: %w", err)
	}
	return nil
}
