package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func quietReport(t *testing.T) *report {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "report"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return newReport(out)
}

func TestFailedTaskShowsTheEndOfItsLogAndWhereItIs(t *testing.T) {
	log := filepath.Join(t.TempDir(), "x.log")
	task := quietReport(t).begin("x", log)
	err := task.run(t.Context(), ".", task.show, "sh", "-c", "seq 1 100; echo broken >&2; exit 3")
	message := task.end(err).Error()

	for _, want := range []string{"x: sh -c: exit status 3", "\n  82\n", "\n  100\n  broken\n", log} {
		if !strings.Contains(message, want) {
			t.Errorf("the message lacks %q:\n%s", want, message)
		}
	}
	if strings.Contains(message, "\n  81\n") {
		t.Errorf("the message has more than %d lines of the log:\n%s", shownLines, message)
	}
}

func TestCommandMayBeginWithItsEnvironment(t *testing.T) {
	task := quietReport(t).begin("x", filepath.Join(t.TempDir(), "x.log"))
	var lines []string
	err := task.run(t.Context(), ".", func(line string) { lines = append(lines, line) }, "COLOUR=red", "sh", "-c", "echo $COLOUR")
	if err != nil || len(lines) != 1 || lines[0] != "red" {
		t.Errorf("got %q and %v, want the line red", lines, err)
	}
}

func TestInterruptStopsWhatTheChildStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	task := quietReport(t).begin("x", filepath.Join(t.TempDir(), "x.log"))
	grandchild := 0
	err := task.run(ctx, ".", func(line string) {
		grandchild, _ = strconv.Atoi(line)
		cancel()
	}, "sh", "-c", "sleep 300 & echo $!; wait")

	if !errors.Is(err, context.Canceled) || grandchild == 0 {
		t.Fatalf("got error %v and grandchild %d, want context.Canceled and a process id", err, grandchild)
	}
	for deadline := time.Now().Add(5 * time.Second); alive(grandchild); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives on", grandchild)
		}
	}
}

// alive is false for a zombie, too: there is nobody to wait for an orphan when process 1 of a container does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(status), ") Z ")
}

func TestTheFirstFailureStopsTheOtherLane(t *testing.T) {
	broken := errors.New("broken")
	stopped := false
	err := together(t.Context(),
		func(context.Context) error { return broken },
		func(ctx context.Context) error {
			<-ctx.Done()
			stopped = true
			return ctx.Err()
		},
	)
	if !errors.Is(err, broken) || !stopped {
		t.Errorf("got %v, other lane stopped: %t; want %v and true", err, stopped, broken)
	}
}
