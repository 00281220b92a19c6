package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// stopGrace is how long an interrupted child may take to end before it is killed.
	stopGrace = 10 * time.Second

	// shownLines is how much of its log a failed task shows.
	shownLines = 20
)

// task is one thing that is being done, with a log of its own.
type task struct {
	report *report
	name   string
	log    string // path
	now    string // what it is doing; guarded by the report's mutex
	begun  time.Time
}

// begin starts a task, and its log anew.
func (r *report) begin(name, log string) *task {
	t := &task{report: r, name: name, log: log, now: "starting", begun: time.Now()}
	os.Remove(log)
	r.say("%s ...", r.bold(name))
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.active = append(r.active, t)
	r.begun++
	return t
}

func (t *task) state(format string, args ...any) {
	t.report.mutex.Lock()
	defer t.report.mutex.Unlock()
	t.now = fmt.Sprintf(format, args...)
}

// show makes a line of output the task's state.
func (t *task) show(line string) {
	t.state("%s", line)
}

// end says how the task went. A failure comes back with the last lines of the log.
func (t *task) end(err error) error {
	r := t.report
	r.mutex.Lock()
	r.active = slices.DeleteFunc(r.active, func(other *task) bool { return other == t })
	r.mutex.Unlock()
	if err == nil {
		r.say("%s: done in %s", r.bold(t.name), elapsed(t.begun))
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w%s", t.name, err, t.tail())
}

// tail is the end of the log, and where the rest is.
func (t *task) tail() string {
	content, err := os.ReadFile(t.log)
	if err != nil || len(content) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	return fmt.Sprintf("\n  %s\nThe whole log is %s", strings.Join(lines, "\n  "), t.log)
}

// run executes a command in folder. As in a shell, it may begin with NAME=value, for its environment. What it prints
// goes to the task's log, and line by line to each.
func (t *task) run(ctx context.Context, folder string, each func(line string), words ...string) error {
	log, err := os.OpenFile(t.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	fmt.Fprintf(log, "$ cd %s && %s\n", folder, strings.Join(words, " "))

	environment := os.Environ()
	for strings.Contains(words[0], "=") {
		environment, words = append(environment, words[0]), words[1:]
	}
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir, command.Env = folder, environment
	// A group of its own, so that an interrupt stops the compilers that the go command has started, too.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	reader, writer := io.Pipe()
	command.Stdout, command.Stderr = writer, writer
	read := make(chan struct{})
	go func() {
		defer close(read)
		scanner := bufio.NewScanner(io.TeeReader(reader, log))
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			each(scanner.Text())
		}
		_, _ = io.Copy(log, reader)
	}()
	err = command.Run()
	writer.Close()
	<-read
	if ctx.Err() != nil {
		return context.Canceled
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(words[:min(2, len(words))], " "), err)
	}
	return nil
}
