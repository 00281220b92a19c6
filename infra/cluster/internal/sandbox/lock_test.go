package sandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func TestLockOfARunningClusterIsRefusedAtOnce(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	note(t, root, 4711, "100")
	held, err := os.Open(root.State("lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := unix.Flock(int(held.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if _, err := sandbox.TakeLock(root); !errors.Is(err, sandbox.ErrRunning) || time.Since(started) > time.Second {
		t.Errorf("got %v after %s, want %v at once", err, time.Since(started), sandbox.ErrRunning)
	}
}

func TestPIDWaitsWhileAClusterIsStarted(t *testing.T) {
	root := layout.Root(t.TempDir())
	lock, err := sandbox.TakeLock(root)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	pid := make(chan int)
	go func() {
		found, err := sandbox.PID(root)
		if err != nil {
			t.Error(err)
		}
		pid <- found
	}()
	select {
	case found := <-pid:
		t.Fatalf("found %d before a cluster was started", found)
	case <-time.After(50 * time.Millisecond):
	}
	note(t, root, 4711, "100")
	if found := <-pid; found != 4711 {
		t.Errorf("found %d, want 4711", found)
	}
}

func TestLockOfARemovedFolderIsNotTaken(t *testing.T) {
	root := layout.Root(t.TempDir())
	deleting, err := sandbox.TakeLock(root)
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan *sandbox.Lock)
	go func() {
		lock, err := sandbox.TakeLock(root)
		if err != nil {
			t.Error(err)
		}
		taken <- lock
	}()
	if err := errors.Join(sandbox.RemoveState(root), deleting.Close()); err != nil {
		t.Fatal(err)
	}
	lock := <-taken
	defer lock.Close()
	if _, err := os.Stat(root.State("lock")); err != nil {
		t.Errorf("the lock that was taken is not in the state folder: %v", err)
	}
}

func TestAFileInTheStateFoldersPlaceIsNamed(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.WriteFile(root.State(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if pid, err := sandbox.PID(root); pid != 0 || err != nil {
		t.Errorf("found a cluster on a file: %d, %v", pid, err)
	}
	want := "create the state folder: mkdir " + root.State() + ": not a directory"
	if _, err := sandbox.TakeLock(root); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// In another PID namespace, the process ID belongs to another process, which `cluster down` would end.
func TestAClusterOfAnotherPIDNamespaceIsNeitherFoundNorEnded(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	bystander := exec.Command("sleep", "60")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(bystander.Process.Kill(), bystander.Wait()) })
	noteIn(t, root, bystander.Process.Pid, "100", "pid:[1] net:[1]")
	held, err := os.Open(root.State("lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := unix.Flock(int(held.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if pid, err := sandbox.PID(root); pid != 0 || err == nil || !strings.Contains(err.Error(), "pid:[1]") {
		t.Errorf("found %d, %v, want an error that names pid:[1]", pid, err)
	}
	if err := sandbox.Stop(root, 0); err == nil {
		t.Error("Stop ignored a cluster of another PID namespace")
	}
	if err := bystander.Process.Signal(unix.Signal(0)); err != nil {
		t.Errorf("the process with this ID here was ended: %v", err)
	}
}

func TestAClusterOfAnotherNetworkNamespaceIsNotReachable(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for netNamespace, refused := range map[string]bool{own: false, "net:[1]": true} {
		noteIn(t, root, os.Getpid(), "100", "pid:[1] "+netNamespace)
		err := sandbox.CheckReachable(root)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), netNamespace) {
			t.Errorf("a cluster of %q: %v, want an error: %t", netNamespace, err, refused)
		}
	}
}
