package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/changes"
)

const (
	// updateGrace is how long an interrupted update may take to finish the steps that it has begun.
	updateGrace = 2 * time.Minute
	// silence is how long nothing is printed while an update runs.
	silence = 5 * time.Second
)

// updateLog is where the whole output of an update is kept.
func (b *builder) updateLog() string { return filepath.Join(".local", "log", "pulumi-up.log") }

// update deploys the stack as it is configured, and returns what has changed, also where it fails.
func (b *builder) update(ctx context.Context, name string) (changes.Update, error) {
	folder, err := os.MkdirTemp(b.local("build"), "update") // for this user alone: events hold the whole state
	if err != nil {
		return changes.Update{}, err
	}
	defer os.RemoveAll(folder)
	events := filepath.Join(folder, "events.json")
	ran := b.runUpdate(ctx, name, events)
	update, err := readEvents(events)
	if ran != nil {
		return update, b.failure(name, update, ran)
	}
	return update, err
}

func readEvents(path string) (changes.Update, error) {
	log, err := os.Open(path)
	if err != nil {
		return changes.Update{}, err
	}
	defer log.Close()
	return changes.Read(log)
}

// failure is an update's error in one line, with the whole output's path.
func (b *builder) failure(name string, update changes.Update, ran error) error {
	why := ran.Error()
	if len(update.Errors) > 0 {
		why = update.Errors[0]
	} else if content, err := os.ReadFile(filepath.Join(b.root, b.updateLog())); err == nil {
		why = reason(fmt.Errorf("pulumi up\n%s", content))
	}
	return fmt.Errorf("%s: %s (the whole output is in %s)", name, why, b.updateLog())
}

func (b *builder) runUpdate(ctx context.Context, name, events string) error {
	log, err := os.Create(filepath.Join(b.root, b.updateLog()))
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.CommandContext(ctx, "pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive",
		"--color", "never", "--event-log", events)
	// The flag --event-log is among those for programs.
	command.Dir, command.Env = b.root, append(os.Environ(), "PULUMI_DEBUG_COMMANDS=true")
	// A group of its own: a terminal interrupts its whole group, and a second interrupt makes Pulumi drop what it has begun.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = updateGrace
	reader, writer := io.Pipe()
	command.Stdout, command.Stderr = writer, writer
	finished := make(chan struct{})
	stop := b.progress(name, io.TeeReader(reader, log), finished)
	err = command.Run()
	writer.Close()
	<-finished
	stop()
	return err
}

// progress shows the last line of the output: each second on a terminal, and elsewhere when nothing was printed for a while.
func (b *builder) progress(name string, output io.Reader, finished chan<- struct{}) (stop func()) {
	shown := &task{report: b.report, name: name, now: "starting", begun: time.Now()}
	b.report.mutex.Lock()
	b.report.active = append(b.report.active, shown)
	b.report.mutex.Unlock()
	waiting := time.AfterFunc(silence, b.report.draw)
	go func() {
		defer close(finished)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if line := step(lines.Text()); line != "" {
				shown.show(line)
			}
		}
		_, _ = io.Copy(io.Discard, output)
	}()
	return func() {
		waiting.Stop()
		b.report.mutex.Lock()
		defer b.report.mutex.Unlock()
		b.report.active = slices.DeleteFunc(b.report.active, func(other *task) bool { return other == shown })
		b.report.erase()
	}
}

// step is what a line of the output says of a resource, such as "Deployment products updating"; empty for no step.
func step(line string) string {
	line, _, _ = strings.Cut(line, " [diff")
	line, _, _ = strings.Cut(line, " (")
	words := strings.Fields(strings.Trim(line, " @~+-."))
	if len(words) < 3 || !strings.Contains(words[0], ":") {
		return ""
	}
	if words[0] == "pulumi:pulumi:Stack" {
		return strings.Join(words[2:], " ")
	}
	words[0] = words[0][strings.LastIndex(words[0], ":")+1:]
	return strings.Join(words, " ")
}
