package shell

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// refusedStatus is the exit status of a shell that has printed why it does not open: EX_CONFIG of sysexits.h.
const refusedStatus = 78

// OpenedFile is created in the folder of the start-up files when the environment of the shell has passed the check.
const OpenedFile = "opened"

// expectation is the environment that a child of the shell must have.
type expectation struct {
	Folder string // working directory
	Set    []variable
	Unset  []string // patterns of names
	Kept   []string // names that the patterns do not apply to
}

// Check compares the environment of this process, a child of the new shell, with the expected one. This covers
// everything that start-up files can do, such as a trap that exports a variable before each command.
func Check(folder string) error {
	content, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		return err
	}
	var expected expectation
	if err := json.Unmarshal(content, &expected); err != nil {
		return err
	}
	differences := expected.differences(os.Environ())
	if !sameFolder(".", expected.Folder) {
		differences = append(differences, "the folder")
	}
	if len(differences) > 0 {
		return fmt.Errorf("make shell: a start-up file of yours changes %s, so that the shell would not be the demo's: remove that, and try again",
			strings.Join(differences, ", "))
	}
	return os.WriteFile(filepath.Join(folder, OpenedFile), nil, 0o600)
}

// differences returns the names of variables that differ. It returns no values, which may be secrets.
func (e expectation) differences(environment []string) []string {
	has := map[string]string{}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		has[name] = value
	}
	var names []string
	for _, v := range e.Set {
		if value, found := has[v.Name]; !found || value != v.Value {
			names = append(names, v.Name)
		}
	}
	for name, value := range has {
		unset := slices.ContainsFunc(e.Unset, func(pattern string) bool { matched, _ := path.Match(pattern, name); return matched })
		if unset && value != "" && !slices.Contains(e.Kept, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sameFolder(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// errNotOpened is the error of a shell that a start-up file ended.
var errNotOpened = errors.New("make shell: a start-up file of yours ended the shell before it was open, as exit and set -e do: remove that, and try again")

// open runs the shell in this terminal until it ends. It returns an error if a start-up file replaces or ends the
// shell.
func (s settings) open(program, kind string, words []string) error {
	opened := filepath.Join(s.Folder, OpenedFile)
	if err := os.Remove(opened); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	signal.Reset(os.Interrupt)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGQUIT) // dropped: the shell handles them; if they were ignored here, it would inherit that
	shell := exec.Command(program, words...)
	shell.Stdin, shell.Stdout, shell.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := shell.Start(); err != nil {
		return fmt.Errorf("make shell: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- shell.Wait() }()
	for ticks := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case err := <-ended:
			if _, missing := os.Stat(opened); missing == nil {
				return endOf(err)
			}
			if shell.ProcessState.ExitCode() == refusedStatus {
				return ExitStatus(1)
			}
			return errNotOpened
		case <-ticks.C:
		}
		if _, err := os.Stat(opened); err == nil {
			ticks.Stop()
			return endOf(<-ended)
		}
		if other := programOf(shell.Process.Pid); s.replacedBy(other, kind) {
			_ = shell.Process.Signal(syscall.SIGHUP) // fails if it has ended
			kill := time.AfterFunc(2*time.Second, func() { _ = shell.Process.Kill() })
			<-ended
			kill.Stop()
			return fmt.Errorf("make shell: a start-up file of yours replaces %s with %s (exec), whose environment would not be the demo's: remove that, or run SHELL=$(command -v %s) make shell",
				s.Shell, other, other)
		}
	}
}

// replacedBy reports whether program, which the process of the shell runs, is another kind of program. Some systems
// wrap a shell in a program such as .zsh-wrapped.
func (s settings) replacedBy(program, kind string) bool {
	same := program == "" || strings.HasPrefix(s.Shell, program) || shellKind(program) == kind || kind != "sh" && strings.Contains(program, kind)
	return !same
}

// endOf returns the error for the end of an open shell. The exit status is that of the last command in the shell.
func endOf(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return ExitStatus(max(1, exit.ExitCode()))
	}
	return err
}

// ExitStatus is an error that ends the program with this status and without a message.
type ExitStatus int

func (e ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// programOf returns the name of the program that a process runs.
func programOf(pid int) string {
	out, err := exec.Command("ps", "-o", "comm=", "-p", fmt.Sprint(pid)).Output()
	if err != nil || strings.Contains(string(out), "<defunct>") {
		return ""
	}
	return filepath.Base(strings.TrimLeft(strings.TrimSpace(string(out)), "-"))
}
