package hostcheck

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// inNamespaces calls do in new namespaces of the kinds that the cluster uses. They and everything in them are deleted
// afterwards.
func inNamespaces(do func()) error {
	// A thread cannot change its own PID namespace, so only check that the kernel has them.
	if _, err := os.Stat("/proc/self/ns/pid"); err != nil {
		return err
	}
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with this goroutine, so that no other goroutine runs in its namespaces.
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end. If it entered the namespaces, /proc/self would show them for the rest of
			// this process, and the cluster would publish its ports there. Hold it here while another thread runs the
			// check.
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
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil { // otherwise iptables would take the host's lock
		return fmt.Errorf("mount an empty /run: %w", err)
	}
	return nil
}
