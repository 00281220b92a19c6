package stack

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/changes"
)

// updateGrace is how long an interrupted update may take to finish the steps that it has begun.
const updateGrace = 2 * time.Minute

// updateLog is the file in the checkout that holds the whole output of an update.
var updateLog = filepath.Join(".local", "log", "pulumi-up.log")

// update deploys the stack as it is configured. It returns the changes, also if it fails.
func (s *Stack) update(ctx context.Context, title string) (changes.Update, error) {
	folder, err := os.MkdirTemp(s.Local("build"), "update") // only this user can read it: the events hold the whole state
	if err != nil {
		return changes.Update{}, err
	}
	defer os.RemoveAll(folder)
	events := filepath.Join(folder, "events.json")
	failed := s.runUpdate(ctx, title, events)
	update, err := readEvents(events)
	if failed != nil {
		return update, s.failure(title, update, failed)
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

// failure returns the error of an update in one line, with the path of the whole output.
func (s *Stack) failure(title string, update changes.Update, failed error) error {
	why := failed.Error()
	if len(update.Errors) > 0 {
		why = update.Errors[0]
	} else if content, err := os.ReadFile(filepath.Join(s.Root, updateLog)); err == nil {
		why = reason(fmt.Errorf("pulumi up\n%s", content))
	}
	return fmt.Errorf("%s: %s (the whole output is in %s)", title, why, updateLog)
}

// runUpdate runs pulumi up, and shows the last line of its output as progress.
func (s *Stack) runUpdate(ctx context.Context, title, events string) error {
	log, err := os.Create(filepath.Join(s.Root, updateLog))
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.CommandContext(ctx, "pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive",
		"--color", "never", "--event-log", events)
	command.Dir, command.Env = s.Root, append(os.Environ(), "PULUMI_DEBUG_COMMANDS=true") // which enables --event-log
	// A process group of its own: a terminal interrupts the whole group, and Pulumi drops what it has begun at a second
	// interrupt.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = updateGrace
	reader, writer := io.Pipe()
	command.Stdout, command.Stderr = writer, writer
	show, stop := s.report.Follow(title, silence)
	defer stop()
	read := make(chan struct{})
	go func() {
		defer close(read)
		output := io.TeeReader(reader, log)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if line := step(lines.Text()); line != "" {
				show(line)
			}
		}
		_, _ = io.Copy(io.Discard, output)
	}()
	err = command.Run()
	writer.Close()
	<-read
	return err
}

// step returns the part of a line of output that describes a resource, such as "Deployment products updating", empty
// for none.
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
