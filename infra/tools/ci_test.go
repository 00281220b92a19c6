package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// ci returns .ci/run with this time limit, in a checkout with this recipe for `make e2e` and with clusters that
// end-to-end tests have left. Each cluster creates one of the files stopped when it is stopped.
func ci(t *testing.T, limit, recipe string) (command *exec.Cmd, stopped []string) {
	t.Helper()
	folder := t.TempDir()
	script, err := os.ReadFile(filepath.Join(top, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	limited := regexp.MustCompile(`(?m)^limit=\w+$`).ReplaceAllString(string(script), "limit="+limit)
	if limited == string(script) {
		t.Fatal(".ci/run has no line with its limit")
	}
	fixture.Write(t, filepath.Join(folder, ".ci", "run"), limited)
	fixture.Write(t, filepath.Join(folder, "Makefile"), "lint test e2e-cluster:\ne2e:\n\t@"+recipe+"\n")
	fixture.Write(t, filepath.Join(folder, ".local", "e2e", "Makefile"), "cluster-down:\n\t@touch stopped\n")
	fixture.Write(t, filepath.Join(folder, ".local", "e2e-nodes", "cluster", "lock"), "")
	program := filepath.Join(folder, ".local", "bin", "cluster")
	fixture.Write(t, program, "#!/bin/sh\nif [ \"$*\" = 'down --root .local/e2e-nodes' ]; then touch .local/e2e-nodes/stopped; fi\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	command = exec.CommandContext(t.Context(), "bash", filepath.Join(folder, ".ci", "run"))
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	return command, []string{filepath.Join(folder, ".local", "e2e", "stopped"), filepath.Join(folder, ".local", "e2e-nodes", "stopped")}
}

func TestInterruptedCIStopsTheClusterOfTheEndToEndTest(t *testing.T) {
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		command, stopped := ci(t, "1h", "echo begun; exec sleep 300")
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var printed []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			printed = append(printed, lines.Text())
			if lines.Text() == "begun" {
				if err := command.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		var exit *exec.ExitError
		if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
			t.Errorf("after %v it ends with %v, want %d; it printed %q", signal, err, want, printed)
		}
		for _, file := range stopped {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("after %v a cluster still runs: %v; it printed %q", signal, err, printed)
			}
		}
	}
}

func TestFailedOrTooLongCIStopsTheClusterAndPassedCIHasNone(t *testing.T) {
	for _, c := range []struct {
		limit, recipe, result string
		stops                 bool
	}{
		{"1h", "false", "ci: failed after", true},
		{"0.2s", "exec sleep 300", "ci: was stopped after 0.2s", true},
		{"1h", "true", "ci: passed after", false},
	} {
		command, stopped := ci(t, c.limit, c.recipe)
		out, err := command.CombinedOutput()
		if (err != nil) != c.stops || !strings.Contains(string(out), c.result) {
			t.Errorf("with the recipe %s it ends with %v and prints %q, want %q", c.recipe, err, out, c.result)
		}
		for _, file := range stopped {
			if _, err := os.Stat(file); (err == nil) != c.stops {
				t.Errorf("with the recipe %s %s exists: %t, want %t", c.recipe, file, err == nil, c.stops)
			}
		}
	}
}
