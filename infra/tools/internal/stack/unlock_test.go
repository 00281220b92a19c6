package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// TestARunningUpdateIsLeftAlone has no pulumi in PATH: a read of the stack would be an error.
func TestARunningUpdateIsLeftAlone(t *testing.T) {
	lock := lockStack(t, os.Getpid())
	t.Setenv("PATH", t.TempDir())
	report, _ := fixture.Report(t)
	s := New(checkout.Checkout{Root: t.TempDir()}, report, nil)
	if err := s.Recover(t.Context()); err != nil {
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
	report, _ := fixture.Report(t)
	s := New(checkout.Checkout{Root: t.TempDir()}, report, nil)
	if locked, err := s.unlock(); locked || err != nil {
		t.Errorf("the stack is locked: %v, %v", locked, err)
	}
	if _, err := os.Stat(lock); !os.IsNotExist(err) {
		t.Errorf("the lock is still there: %v", err)
	}
}

// lockStack locks the stack as an update of that process does. It returns the path of the lock.
func lockStack(t *testing.T, process int) string {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	backend := t.TempDir()
	lock := filepath.Join(backend, ".pulumi/locks/organization/kubernetes-networking/trial/1a2b.json")
	fixture.Write(t, lock, fmt.Sprintf(`{"pid":%d,"username":"me","hostname":%q}`, process, host))
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend+"?metadata=skip")
	t.Setenv("PULUMI_STACK", "trial")
	return lock
}
