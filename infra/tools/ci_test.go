package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// ci is .ci/run with a limit of its own, in a checkout whose `make e2e` is the given recipe, and whose end-to-end tests
// have left clusters. The files stopped are there when these have been stopped.
func ci(t *testing.T, limit, recipe string) (command *exec.Cmd, stopped []string) {
	t.Helper()
	folder := t.TempDir()
	script, err := os.ReadFile(filepath.Join(top, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, ".ci", "run"), strings.Replace(string(script), "limit=57m", "limit="+limit, 1))
	write(t, filepath.Join(folder, "Makefile"), "lint test e2e-cluster:\ne2e:\n\t@"+recipe+"\n")
	write(t, filepath.Join(folder, ".local", "e2e", "Makefile"), "cluster-down:\n\t@touch stopped\n")
	write(t, filepath.Join(folder, ".local", "e2e-nodes", "cluster", "lock"), "")
	program := filepath.Join(folder, ".local", "bin", "cluster")
	write(t, program, "#!/bin/sh\nif [ \"$*\" = 'down --root .local/e2e-nodes' ]; then touch .local/e2e-nodes/stopped; fi\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	command = exec.CommandContext(t.Context(), "bash", filepath.Join(folder, ".ci", "run"))
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	return command, []string{filepath.Join(folder, ".local", "e2e", "stopped"), filepath.Join(folder, ".local", "e2e-nodes", "stopped")}
}

func TestInterruptedCIStopsTheClusterOfTheEndToEndTest(t *testing.T) {
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		command, stopped := ci(t, "57m", "echo begun; exec sleep 300")
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var said []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
			if lines.Text() == "begun" {
				if err := command.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		var exit *exec.ExitError
		if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
			t.Errorf("after %v it ends with %v, want %d; it said %q", signal, err, want, said)
		}
		for _, file := range stopped {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("after %v a cluster runs on: %v; it said %q", signal, err, said)
			}
		}
	}
}

func TestFailedOrTooLongCIStopsTheClusterAndPassedCIHasNone(t *testing.T) {
	for _, c := range []struct {
		limit, recipe, result string
		stops                 bool
	}{
		{"57m", "false", "ci: failed after", true},
		{"0.2s", "exec sleep 300", "ci: was stopped after 0.2s", true},
		{"57m", "true", "ci: passed after", false},
	} {
		command, stopped := ci(t, c.limit, c.recipe)
		out, err := command.CombinedOutput()
		if (err != nil) != c.stops || !strings.Contains(string(out), c.result) {
			t.Errorf("with the recipe %s it ends with %v and says %q, want %q", c.recipe, err, out, c.result)
		}
		for _, file := range stopped {
			if _, err := os.Stat(file); (err == nil) != c.stops {
				t.Errorf("with the recipe %s %s says that a cluster was stopped: %t, want %t", c.recipe, file, err == nil, c.stops)
			}
		}
	}
}
