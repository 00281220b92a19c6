package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func TestPIDOfAKilledClusterIsIgnored(t *testing.T) {
	root := layout.Root(t.TempDir())
	if pid, err := sandbox.PID(root); pid != 0 || err != nil {
		t.Errorf("without a cluster: %d, %v, want 0", pid, err)
	}
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root.State("lock"), []byte("4711 100 "+namespaces(t)+"\n"), 0o600); err != nil {
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

func TestAwaitEndWaitsForTheProcessThatHeldTheLock(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	process := exec.Command("sleep", "0.3")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	started := strings.Fields(string(stat))[21]

	note(t, root, process.Process.Pid, "1"+started) // another process of the same number
	begin := time.Now()
	if err := sandbox.AwaitEnd(root); err != nil || time.Since(begin) > 200*time.Millisecond {
		t.Errorf("for another process it took %s, %v", time.Since(begin), err)
	}
	note(t, root, process.Process.Pid, started)
	if err := sandbox.AwaitEnd(root); err != nil {
		t.Fatal(err)
	}
	if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Process.Pid)); err == nil && !strings.Contains(string(state), ") Z ") {
		t.Errorf("AwaitEnd returned, and the process is %s", state)
	}
	if err := process.Wait(); err != nil {
		t.Error(err)
	}
}

// namespaces returns the namespaces of this test, as the lock file contains them.
func namespaces(t *testing.T) string {
	t.Helper()
	pid, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	net, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return pid + " " + net
}

// note writes a lock file that names an owner.
func note(t *testing.T, root layout.Root, pid int, started string) {
	t.Helper()
	noteIn(t, root, pid, started, namespaces(t))
}

func noteIn(t *testing.T, root layout.Root, pid int, started, namespaces string) {
	t.Helper()
	if err := os.WriteFile(root.State("lock"), fmt.Appendln(nil, pid, started, namespaces), 0o600); err != nil {
		t.Fatal(err)
	}
}
