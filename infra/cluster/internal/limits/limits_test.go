package limits_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/limits"
)

// raises is the variable with which the test binary raises its limits and starts a shell.
const raises = "LIMITS_TEST_RAISES"

func TestMain(m *testing.M) {
	script := os.Getenv(raises)
	if script == "" {
		os.Exit(m.Run())
	}
	if err := limits.Raise(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shell := exec.Command("bash", "-c", script)
	shell.Stdout, shell.Stderr = os.Stdout, os.Stderr
	if shell.Run() != nil {
		os.Exit(1)
	}
}

// child returns the output of a shell command in a child of a process that raises its limits. That process starts with the
// limits that the shell command before sets, and without the right to exceed a hard limit.
func child(t *testing.T, before, script string) string {
	t.Helper()
	command := exec.Command("bash", "-c", before+`; exec "$0"`, os.Args[0])
	if os.Geteuid() == 0 {
		command = exec.Command("setpriv", append([]string{"--bounding-set=-sys_resource"}, command.Args...)...)
	}
	command.Env = append(os.Environ(), raises+"="+script)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return strings.TrimSpace(string(output))
}

func TestSoftLimitIsRaisedToTheHardOneForChildren(t *testing.T) {
	for flag, low := range map[string]string{"-n": "1024", "-u": "2000", "-f": "1000000", "-t": "60", "-v": "100000000", "-d": "100000000"} {
		hard := child(t, "true", "ulimit -H "+flag)
		if got := child(t, "ulimit -S "+flag+" "+low, "ulimit -S "+flag); got != hard {
			t.Errorf("ulimit -S%s %s: a child's soft limit is %s, want the hard limit %s", flag, low, got, hard)
		}
	}
}

func TestAHardLimitThatRootCannotExceedIsKept(t *testing.T) {
	if got := child(t, "ulimit -n 1024", "ulimit -Sn; ulimit -Hn"); got != "1024\n1024" {
		t.Errorf("after ulimit -n 1024 a child has the limits %q, want 1024 and 1024", got)
	}
}

func TestContainersGetNoMoreOpenFilesThanProgramsCanClose(t *testing.T) {
	var hard uint64
	if _, err := fmt.Sscan(child(t, "true", "ulimit -Hn"), &hard); err != nil || hard > 1<<20 {
		t.Errorf("the hard limit is %d, %v, want at most %d", hard, err, 1<<20)
	}
}

func TestReachableDoesNotChangeTheLimits(t *testing.T) {
	var before, after unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &before); err != nil {
		t.Fatal(err)
	}
	for _, limit := range limits.All {
		if _, err := limit.Reachable(); err != nil {
			t.Errorf("%s: %v", limit.Name, err)
		}
	}
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &after); err != nil || after != before {
		t.Errorf("the limit is %+v, %v, want %+v as before", after, err, before)
	}
}
