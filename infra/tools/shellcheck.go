package main

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

// refusedStatus is the exit status of a shell that has said why it does not open: EX_CONFIG of sysexits.h.
const refusedStatus = 78

// openedFile is made in the folder of the start-up files once the shell's environment has passed the check.
const openedFile = "opened"

// expectation is the environment that a child of the shell must have.
type expectation struct {
	Folder string // that the shell is in
	Set    []variable
	Unset  []string // patterns of names
	Kept   []string // names that these patterns leave alone
}

// checkShell compares its own environment, which a shell of make shell gave it, with the demo's. It covers whatever start-up
// files can do, such as a trap that exports a variable before each command.
func checkShell(folder string) error {
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
	return os.WriteFile(filepath.Join(folder, openedFile), nil, 0o600)
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

// errNotOpened is the end of a shell whose start-up file did not come to its end.
var errNotOpened = errors.New("make shell: a start-up file of yours ended the shell before it was open, as exit and set -e do: remove that, and try again")

// open runs the shell in this terminal until it ends. It refuses one that a start-up file replaces or ends.
func (s settings) open(program, kind string, words []string) error {
	opened := filepath.Join(s.Folder, openedFile)
	if err := os.Remove(opened); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	signal.Reset(os.Interrupt)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGQUIT) // dropped: they are meant for the shell, which would inherit Ignore
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
				return exitStatus(1)
			}
			return errNotOpened
		case <-ticks.C:
		}
		if _, err := os.Stat(opened); err == nil {
			ticks.Stop()
			return endOf(<-ended)
		}
		if other := programOf(shell.Process.Pid); s.replacedBy(other, kind) {
			_ = shell.Process.Signal(syscall.SIGHUP) // an error means that it has ended
			kill := time.AfterFunc(2*time.Second, func() { _ = shell.Process.Kill() })
			<-ended
			kill.Stop()
			return fmt.Errorf("make shell: a start-up file of yours replaces %s with %s (exec), whose environment would not be the demo's: remove that, or run SHELL=$(command -v %s) make shell",
				s.Shell, other, other)
		}
	}
}

// replacedBy returns whether the process of the shell runs another kind of program by now. Wrappers of the same shell exist,
// such as .zsh-wrapped.
func (s settings) replacedBy(program, kind string) bool {
	same := program == "" || strings.HasPrefix(s.Shell, program) || shellKind(program) == kind || kind != "sh" && strings.Contains(program, kind)
	return !same
}

// endOf turns the end of an open shell into that of make shell: people leave shells after commands that fail.
func endOf(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exitStatus(max(1, exit.ExitCode()))
	}
	return err
}

// exitStatus ends the program with a status and without a message.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// programOf returns the name of the program that a process runs.
func programOf(pid int) string {
	out, err := exec.Command("ps", "-o", "comm=", "-p", fmt.Sprint(pid)).Output()
	if err != nil || strings.Contains(string(out), "<defunct>") {
		return ""
	}
	return filepath.Base(strings.TrimLeft(strings.TrimSpace(string(out)), "-"))
}
