package progress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// stopGrace is how long an interrupted child process may take to end before it is killed.
	stopGrace = 10 * time.Second

	// tailLines is the number of log lines that the error of a failed task shows.
	tailLines = 20
)

// Task is one step of a command, with a log of its own.
type Task struct {
	report *Report
	name   string
	log    string // path
	begun  time.Time

	// Guarded by the report's mutex.
	status string
	group  int // process group of the command that runs, 0 if none does
}

// Begin starts a task with an empty log.
func (r *Report) Begin(name, log string) *Task {
	t := &Task{report: r, name: name, log: log, status: "starting", begun: time.Now()}
	os.Remove(log)
	r.Printf("%s ...", r.Bold(name))
	r.add(t)
	return t
}

// Follow shows the last line that show was called with, until stop is called. It prints the first line after delay.
func (r *Report) Follow(name string, delay time.Duration) (show func(line string), stop func()) {
	t := &Task{report: r, name: name, status: "starting", begun: time.Now()}
	r.add(t)
	first := time.AfterFunc(delay, r.draw)
	return t.Show, func() {
		first.Stop()
		r.remove(t)
		r.erase()
	}
}

// Statusf sets the status that the report shows.
func (t *Task) Statusf(format string, args ...any) {
	t.report.mutex.Lock()
	defer t.report.mutex.Unlock()
	t.status = fmt.Sprintf(format, args...)
}

// start starts the command and sets the group before the report can see a line of its output.
func (t *Task) start(command *exec.Cmd) error {
	t.report.mutex.Lock()
	defer t.report.mutex.Unlock()
	err := command.Start()
	if err == nil {
		t.group = command.Process.Pid
	}
	return err
}

func (t *Task) setGroup(group int) {
	t.report.mutex.Lock()
	defer t.report.mutex.Unlock()
	t.group = group
}

// Show sets the status to a line of output.
func (t *Task) Show(line string) {
	t.Statusf("%s", line)
}

// End ends the task. The error that it returns for a failure holds the last lines of the log.
func (t *Task) End(err error) error {
	t.report.remove(t)
	if err == nil {
		t.report.Printf("%s: done in %s", t.report.Bold(t.name), elapsed(t.begun))
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w%s", t.name, err, t.tail())
}

// tail returns the last lines of the log, and its path.
func (t *Task) tail() string {
	content, err := os.ReadFile(t.log)
	if err != nil || len(content) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	lines = lines[max(0, len(lines)-tailLines):]
	return fmt.Sprintf("\n  %s\nThe whole log is %s", strings.Join(lines, "\n  "), t.log)
}

// Run executes a command in folder. As in a shell, words may begin with NAME=value for its environment. The output of
// the command goes to the task's log, and line by line to each.
func (t *Task) Run(ctx context.Context, folder string, each func(line string), words ...string) error {
	return t.run(ctx, folder, nil, each, words)
}

// Read is like Run, for a command whose standard output is data: each line of it goes to data, and none to the log.
func (t *Task) Read(ctx context.Context, folder string, data, each func(line string), words ...string) error {
	return t.run(ctx, folder, data, each, words)
}

func (t *Task) run(ctx context.Context, folder string, data, each func(line string), words []string) error {
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
	// In a process group of its own, an interrupt also stops the compilers that the go command has started.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	messages, endMessages := lines(log, each)
	command.Stdout, command.Stderr = messages, messages
	endData := func() {}
	if data != nil {
		command.Stdout, endData = lines(io.Discard, data)
	}
	if err = t.start(command); err == nil {
		err = command.Wait()
	}
	endMessages()
	endData()
	t.setGroup(0)
	if ctx.Err() != nil {
		return context.Canceled
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(words[:min(2, len(words))], " "), err)
	}
	return nil
}

// lines returns a writer that copies to log and calls each with every line, until end is called. It calls each from
// another goroutine, and end waits for it.
func lines(log io.Writer, each func(line string)) (w io.Writer, end func()) {
	reader, writer := io.Pipe()
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
	return writer, func() {
		writer.Close()
		<-read
	}
}
