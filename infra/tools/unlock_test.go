package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAnUpdateThatGoesOnIsLeftAlone: without pulumi in the PATH, every look at the stack would be an error.
func TestAnUpdateThatGoesOnIsLeftAlone(t *testing.T) {
	lock := lockStack(t, os.Getpid())
	t.Setenv("PATH", t.TempDir())
	b := &builder{root: t.TempDir(), report: quietReport(t)}
	if err := b.recover(t.Context()); err != nil {
		t.Errorf("recover fails: %v", err)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Errorf("the lock is gone: %v", err)
	}
}

func TestTheLockOfAKilledUpdateIsRemoved(t *testing.T) {
	killed := exec.Command("true")
	if err := killed.Run(); err != nil {
		t.Fatal(err)
	}
	lock := lockStack(t, killed.Process.Pid)
	b := &builder{root: t.TempDir(), report: quietReport(t)}
	if locked, err := b.unlock(); locked || err != nil {
		t.Errorf("the stack is locked: %v, %v", locked, err)
	}
	if _, err := os.Stat(lock); !os.IsNotExist(err) {
		t.Errorf("the lock is still there: %v", err)
	}
}

// lockStack locks a stack in a backend of this test, as an update in that process does, and returns the lock's path.
func lockStack(t *testing.T, process int) string {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	backend := t.TempDir()
	lock := filepath.Join(backend, ".pulumi/locks/organization/kubernetes-networking/trial/1a2b.json")
	write(t, lock, fmt.Sprintf(`{"pid":%d,"username":"me","hostname":%q}`, process, host))
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend+"?metadata=skip")
	t.Setenv("PULUMI_STACK", "trial")
	return lock
}
