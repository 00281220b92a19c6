package sandbox

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestStoppingASupervisorBeforeItHandlesSignalsIsNotAnError(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	for signal, fails := range map[syscall.Signal]bool{syscall.SIGTERM: false, syscall.SIGINT: false, syscall.SIGKILL: true} {
		supervisor, err := os.StartProcess(sleep, []string{"sleep", "60"}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		if err := supervisor.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := reap(supervisor.Pid); (err != nil) != fails {
			t.Errorf("after %s: %v, want an error: %t", signal, err, fails)
		}
	}
}
