package progress

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// quietReport returns a report that prints to a file.
func quietReport(t *testing.T) *Report {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "report"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return New(out)
}

func TestFailedTaskShowsTheEndOfItsLogAndWhereItIs(t *testing.T) {
	log := filepath.Join(t.TempDir(), "x.log")
	task := quietReport(t).Begin("x", log)
	err := task.Run(t.Context(), ".", task.Show, "sh", "-c", "seq 1 100; echo broken >&2; exit 3")
	message := task.End(err).Error()

	for _, want := range []string{"x: sh -c: exit status 3", "\n  82\n", "\n  100\n  broken\n", log} {
		if !strings.Contains(message, want) {
			t.Errorf("the message lacks %q:\n%s", want, message)
		}
	}
	if strings.Contains(message, "\n  81\n") {
		t.Errorf("the message has more than %d lines of the log:\n%s", tailLines, message)
	}
}

func TestDataDoesNotHideTheErrorOfAFailedTask(t *testing.T) {
	task := quietReport(t).Begin("x", filepath.Join(t.TempDir(), "x.log"))
	var data, messages []string
	err := task.Read(t.Context(), ".", func(line string) { data = append(data, line) },
		func(line string) { messages = append(messages, line) }, "sh", "-c", "echo broken >&2; seq 1 100; exit 3")
	message := task.End(err).Error()

	if len(data) != 100 || data[99] != "100" || !slices.Equal(messages, []string{"broken"}) {
		t.Errorf("the data is %q and the messages are %q, want the numbers to 100 and broken", data, messages)
	}
	if !strings.Contains(message, "\n  broken\n") || strings.Contains(message, "100\n") {
		t.Errorf("the error shows data, or not the command's message:\n%s", message)
	}
}

func TestCommandMayBeginWithItsEnvironment(t *testing.T) {
	task := quietReport(t).Begin("x", filepath.Join(t.TempDir(), "x.log"))
	var lines []string
	err := task.Run(t.Context(), ".", func(line string) { lines = append(lines, line) }, "COLOUR=red", "sh", "-c", "echo $COLOUR")
	if err != nil || len(lines) != 1 || lines[0] != "red" {
		t.Errorf("got %q and %v, want the line red", lines, err)
	}
}

func TestInterruptStopsWhatTheChildStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	task := quietReport(t).Begin("x", filepath.Join(t.TempDir(), "x.log"))
	grandchild := 0
	err := task.Run(ctx, ".", func(line string) {
		grandchild, _ = strconv.Atoi(line)
		cancel()
	}, "sh", "-c", "sleep 300 & echo $!; wait")

	if !errors.Is(err, context.Canceled) || grandchild == 0 {
		t.Fatalf("got error %v and grandchild %d, want context.Canceled and a process id", err, grandchild)
	}
	for deadline := time.Now().Add(5 * time.Second); alive(grandchild); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d still runs", grandchild)
		}
	}
}

// alive reports whether the process runs. A zombie does not: in a container whose process 1 reaps no orphans, it stays.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(status), ") Z ")
}
