package sandbox_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func TestPIDOfAClusterThatWasKilledIsNotBelieved(t *testing.T) {
	root := layout.Root(t.TempDir())
	if pid, err := sandbox.PID(root); pid != 0 || err != nil {
		t.Errorf("without a cluster: %d, %v, want 0", pid, err)
	}
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root.State("lock"), []byte("4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if pid, err := sandbox.PID(root); pid != 0 || err != nil {
		t.Errorf("with a lock that nobody holds: %d, %v, want 0", pid, err)
	}
	lock, err := os.Open(root.State("lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if pid, err := sandbox.PID(root); pid != 4711 || err != nil {
		t.Errorf("with a lock that is held: %d, %v, want 4711", pid, err)
	}
}
