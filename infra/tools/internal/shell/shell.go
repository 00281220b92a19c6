// Package shell opens the user's shell for `make shell`, with the environment of a stack whatever the user's start-up
// files do. Open writes start-up files of its own (bashrc, zshenv, zshrc, shrc, init.fish) that read the user's first
// and then set the environment. Check runs as a child of the new shell and compares its environment with the expected
// one.
package shell

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

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

var (
	//go:embed bashrc
	bashrc string
	//go:embed zshenv
	zshenv string
	//go:embed zshrc
	zshrc string
	//go:embed shrc
	shrc string
	//go:embed init.fish
	initFish string
)

// startUp holds the start-up files of each kind of shell, by their names.
var startUp = map[string]map[string]string{
	"bash": {"bashrc": bashrc},
	"zsh":  {".zshenv": zshenv, ".zshrc": zshrc},
	"fish": {"init.fish": initFish},
	"sh":   {"shrc": shrc}, // also for dash, BusyBox, ksh and mksh
}

// Environment names the variables of a shell.
type Environment struct {
	Set   []string // variables that the shell gets with the values that they have in this process
	Unset []string // patterns of variables that it does not get
	Kept  []string // variables that the patterns do not apply to
}

// settings is the data of a start-up file's template.
type settings struct {
	Folder string // of the start-up files
	Shell  string // name of the program
	Prompt string
	// Checkout is the folder that the shell opens in, Tools this program, which checks the environment.
	Checkout, Tools string
	Refused         int // exit status of a shell that has printed why it is refused
	Set             []variable
	Unset           []string // patterns of a shell
	Kept            []string // names that the patterns do not apply to
	// Own holds the user's values of the variables that lead a shell to its start-up files.
	Own map[string]string
}

type variable struct{ Name, Value string }

// shadowed lists the programs of .local/bin that aliases and functions of the user must not hide.
var shadowed = []string{"kubectl", "pulumi", "cluster"}

// Open runs the user's shell with this environment in the checkout, and waits until it ends.
func Open(c checkout.Checkout, report *progress.Report, environment Environment) error {
	stack := os.Getenv("PULUMI_STACK")
	program, kind := userShell(func(format string, args ...any) { report.Printf("make shell: "+format, args...) })
	if program == "" {
		return errors.New("make shell: there is neither bash nor sh in PATH")
	}
	for _, name := range []string{"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "MAKE_TERMOUT", "MAKE_TERMERR"} {
		os.Unsetenv(name)
	}
	s := settings{
		Folder: c.Local("shell", strings.ReplaceAll(stack, "/", "-")), Shell: filepath.Base(program),
		Prompt: "(kubernetes-networking:" + stack + ") ", Own: map[string]string{}, Refused: refusedStatus,
		Unset: environment.Unset, Kept: slices.Concat(environment.Set, environment.Kept),
	}
	var err error
	if s.Checkout, err = filepath.EvalSymlinks(c.Root); err != nil {
		return err
	}
	if s.Tools, err = os.Executable(); err != nil {
		return err
	}
	for _, name := range environment.Set {
		if value, found := os.LookupEnv(name); found {
			s.Set = append(s.Set, variable{name, value})
		}
	}
	for _, name := range []string{"ENV", "ZDOTDIR"} {
		if value, found := os.LookupEnv(name); found {
			s.Own[name] = value
		}
	}
	if err := s.write(startUp[kind]); err != nil {
		return fmt.Errorf("make shell: write its start-up files: %w", err)
	}
	if _, err := exec.LookPath("pulumi"); err != nil {
		report.Printf("make shell: pulumi and kubectl are not built yet: leave the shell with exit, and run %s",
			checkout.MakeCommand(stack, "tools"))
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

// userShell returns the user's shell and its kind, a key of startUp. If the kind is unknown, it returns bash or sh and
// calls note.
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

func (s settings) write(files map[string]string) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	expected, err := json.Marshal(expectation{s.Checkout, s.Set, s.Unset, s.Kept})
	if err != nil {
		return err
	}
	if err := checkout.ReplaceFile(filepath.Join(s.Folder, "expected.json"), string(expected), 0o600); err != nil {
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
		if err := checkout.ReplaceFile(filepath.Join(s.Folder, name), content.String(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// quoted returns the text as one word of a POSIX shell, bash or zsh.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// fishQuoted returns the text as one word of fish.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
