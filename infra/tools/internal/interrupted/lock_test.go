package interrupted

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestOnlyTheLockOfAnUpdateThatHasEndedHereIsStale(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	ended, zombie := exec.Command("true"), exec.Command("sleep", "1000")
	if err := errors.Join(ended.Run(), zombie.Start(), zombie.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = zombie.Wait() }() // not before, so that it stays in the list of processes
	folder := t.TempDir()
	for name, lock := range map[string]string{
		"killed":        fmt.Sprintf(`{"pid":%d,"username":"me","hostname":%q,"timestamp":"2026-01-02T03:04:05Z"}`, ended.Process.Pid, host),
		"killed now":    fmt.Sprintf(`{"pid":%d,"username":"me","hostname":%q}`, zombie.Process.Pid, host),
		"running":       fmt.Sprintf(`{"pid":%d,"username":"me","hostname":%q}`, os.Getpid(), host),
		"on other host": fmt.Sprintf(`{"pid":%d,"username":"me","hostname":"other.%s"}`, ended.Process.Pid, host),
		"of nobody":     fmt.Sprintf(`{"hostname":%q}`, host),
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(lock), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	locks, err := Locks(folder)
	if err != nil || len(locks) != 5 {
		t.Fatalf("locks are %+v, %v, want 5", locks, err)
	}
	for _, lock := range locks {
		if lock.Process == zombie.Process.Pid {
			awaitEnd(t, lock.Process)
		}
		if !lock.Stale() {
			continue
		}
		if lock.User != "me" {
			t.Errorf("the lock is of %q, want me", lock.User)
		}
		if err := lock.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	left := fixture.Names(t, folder)
	if want := []string{"of nobody.json", "on other host.json", "running.json"}; !slices.Equal(left, want) {
		t.Errorf("locks left are %q, want %q", left, want)
	}
}

// awaitEnd waits until the kernel has carried out the kill.
func awaitEnd(t *testing.T, process int) {
	t.Helper()
	for !ended(process) {
		if t.Context().Err() != nil {
			t.Fatal("the killed process does not end")
		}
		runtime.Gosched()
	}
}

func TestAStackThatWasNeverLockedHasNoLocks(t *testing.T) {
	if locks, err := Locks(filepath.Join(t.TempDir(), "never")); err != nil || len(locks) > 0 {
		t.Errorf("locks are %v, %v, want none", locks, err)
	}
}
