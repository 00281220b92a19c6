package main

import (
	_ "embed" // the start-up files
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// The start-up files of `make shell`. Each reads the user's own first, and then sets the environment and the prompt.
var (
	//go:embed shell/bashrc
	bashrc string
	//go:embed shell/zshenv
	zshenv string
	//go:embed shell/zshrc
	zshrc string
	//go:embed shell/shrc
	shrc string
	//go:embed shell/init.fish
	initFish string
)

// startUp are the files that each kind of shell starts with, by their names in its folder.
var startUp = map[string]map[string]string{
	"bash": {"bashrc": bashrc},
	"zsh":  {".zshenv": zshenv, ".zshrc": zshrc},
	"fish": {"init.fish": initFish},
	"sh":   {"shrc": shrc}, // dash, BusyBox, ksh and mksh read it, too
}

// settings is what a start-up file is made from.
type settings struct {
	Folder string // of the start-up files
	Shell  string // name of the program
	Prompt string
	// Checkout is the folder that the shell opens in, and Tools this program, which checks the environment.
	Checkout, Tools string
	Refused         int // exit status of a shell that was refused with a message
	Set             []variable
	Unset           []string // patterns of a shell
	Kept            []string // what they do not unset
	// Own are variables that point the shell to its start-up files, with the user's values.
	Own map[string]string
}

type variable struct{ Name, Value string }

// shadowed are the programs of .local/bin that an alias or a function of the user's must not hide.
var shadowed = []string{"kubectl", "pulumi", "cluster"}

// shell runs the user's shell with the environment that the arguments describe, whatever the user's start-up files do.
func (b *builder) shell(arguments []string) error {
	stack := os.Getenv("PULUMI_STACK")
	program, kind := userShell(func(format string, args ...any) { b.report.say("make shell: "+format, args...) })
	if program == "" {
		return errors.New("make shell: there is neither bash nor sh in PATH")
	}
	for _, name := range []string{"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "MAKE_TERMOUT", "MAKE_TERMERR"} {
		os.Unsetenv(name)
	}
	s := settings{
		Folder: b.local("shell", strings.ReplaceAll(stack, "/", "-")), Shell: filepath.Base(program),
		Prompt: "(kubernetes-networking:" + stack + ") ", Own: map[string]string{},
		Refused: refusedStatus,
	}
	var err error
	if s.Checkout, err = filepath.EvalSymlinks(b.root); err != nil {
		return err
	}
	if s.Tools, err = os.Executable(); err != nil {
		return err
	}
	s.choose(arguments)
	for _, name := range []string{"ENV", "ZDOTDIR"} {
		if value, found := os.LookupEnv(name); found {
			s.Own[name] = value
		}
	}
	if err := s.write(startUp[kind]); err != nil {
		return fmt.Errorf("make shell: write its start-up files: %w", err)
	}
	if _, err := exec.LookPath("pulumi"); err != nil {
		builds := "make up"
		if stack != "dev" {
			builds = "make tools STACK=" + stack
		}
		b.report.say("make shell: pulumi and kubectl are not built yet: leave the shell with exit, and run %s", builds)
	}
	var words []string
	switch kind {
	case "bash":
		words = append(words, "--rcfile", filepath.Join(s.Folder, "bashrc"))
	case "zsh":
		os.Setenv("ZDOTDIR", s.Folder)
	case "fish":
		words = append(words, "--init-command", "source "+fishQuoted(filepath.Join(s.Folder, "init.fish")))
	case "sh":
		os.Setenv("ENV", filepath.Join(s.Folder, "shrc"))
	}
	return s.open(program, kind, words)
}

// userShell returns the user's shell and its kind, a key of startUp. In place of one whose start-up files would win over
// the environment it returns bash or sh, and notes that.
func userShell(note func(format string, args ...any)) (program, kind string) {
	given := os.Getenv("SHELL")
	if program, err := exec.LookPath(given); err == nil && filepath.IsAbs(program) {
		if kind := shellKind(program); kind != "" {
			return program, kind
		}
	}
	for _, name := range []string{"bash", "sh"} {
		if path, err := exec.LookPath(name); err == nil {
			if given != "" {
				note("SHELL=%s is not bash, zsh, fish, sh, dash or ksh, whose environment it can set: opening %s", given, path)
			}
			return path, name
		}
	}
	return "", ""
}

func shellKind(program string) string {
	switch name := strings.TrimRight(filepath.Base(program), "0123456789.-"); name {
	case "bash", "zsh", "fish":
		return name
	case "sh", "dash", "ash", "ksh", "mksh", "lksh", "oksh":
		return "sh"
	}
	return ""
}

// choose reads the arguments of `tools shell`: the variables to set, the patterns to unset, in make's notation, and the names
// that these leave alone.
func (s *settings) choose(arguments []string) {
	lists := [][]string{nil}
	for _, argument := range arguments {
		if argument == "--" {
			lists = append(lists, nil)
			continue
		}
		last := len(lists) - 1
		lists[last] = append(lists[last], strings.ReplaceAll(argument, "%", "*"))
	}
	lists = append(lists, nil, nil)
	for _, name := range lists[0] {
		if value, found := os.LookupEnv(name); found {
			s.Set = append(s.Set, variable{name, value})
		}
	}
	s.Unset, s.Kept = lists[1], slices.Concat(lists[0], lists[2])
}

func (s settings) write(files map[string]string) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	expected, err := json.Marshal(expectation{s.Checkout, s.Set, s.Unset, s.Kept})
	if err != nil {
		return err
	}
	if err := replaceWhole(filepath.Join(s.Folder, "expected.json"), string(expected)); err != nil {
		return err
	}
	for name, text := range files {
		parsed, err := template.New(name).Funcs(template.FuncMap{
			"quote": quoted, "fish": fishQuoted, "words": strings.Join, "shadowed": func() []string { return shadowed },
		}).Parse(text)
		if err != nil {
			return err
		}
		var content strings.Builder
		if err := parsed.Execute(&content, s); err != nil {
			return err
		}
		if err := replaceWhole(filepath.Join(s.Folder, name), content.String()); err != nil {
			return err
		}
	}
	return nil
}

// replaceWhole replaces the whole file at once: another shell may be starting.
func replaceWhole(path, content string) error {
	next := fmt.Sprintf("%s.%d", path, os.Getpid())
	return errors.Join(os.WriteFile(next, []byte(content), 0o600), os.Rename(next, path))
}

// quoted is the text as one word of a POSIX shell, of bash and of zsh.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// fishQuoted is the text as one word of fish.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
