package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// otherEnvironment is a start-up file of a user with another cluster.
const otherEnvironment = `
export KUBECONFIG=/other/config PATH=/other/bin:$PATH GOWORK=/other/go.work PULUMI_BACKEND_URL=s3://other PULUMI_K8S_DELETE_UNREACHABLE=true
alias kubectl='kubectl --context other'
pulumi() { echo other; }
OWN=is-read
PS1='own> '
`

const otherFishEnvironment = `
set -gx KUBECONFIG /other/config
set -gx PATH /other/bin $PATH
set -gx GOWORK /other/go.work
set -gx PULUMI_BACKEND_URL s3://other
set -gx PULUMI_K8S_DELETE_UNREACHABLE true
alias kubectl='kubectl --context other'
set OWN is-read
function fish_prompt; printf 'own> '; end
`

// shellIn runs make shell in a terminal, in a checkout where pulumi and kubectl print their name. It returns the
// checkout and the output of the terminal.
func shellIn(t *testing.T, shell, home, input string, variables ...string) (checkout, shown string) {
	t.Helper()
	checkout, shown, err := tryShell(t, shell, home, input, variables...)
	if err != nil {
		t.Errorf("make shell in %s: %v", shell, err)
	}
	return checkout, shown
}

// tryShell is shellIn for a shell that may fail.
func tryShell(t *testing.T, shell, home, input string, variables ...string) (checkout, shown string, err error) {
	t.Helper()
	terminal, err := exec.LookPath("script")
	if err != nil {
		t.Skip("the command script, of the package bsdutils or util-linux, is missing: it runs a shell in a terminal")
	}
	checkout = t.TempDir()
	for _, name := range []string{"pulumi", "kubectl"} {
		script(t, filepath.Join(checkout, ".local", "bin"), name, "echo the-demos-"+name)
	}
	// go build leaves a program alone that is up to date.
	if err := errors.Join(os.MkdirAll(filepath.Join(checkout, ".local", "build"), 0o755), writeTools(filepath.Join(checkout, ".local", "build", "tools"))); err != nil {
		t.Fatal(err)
	}
	// Without this folder fish generates completions from all manual pages, in the background, and writes them after
	// the test's end.
	if err := os.MkdirAll(filepath.Join(home, ".local", "share", "fish", "generated_completions"), 0o755); err != nil {
		t.Fatal(err)
	}
	variables = append([]string{"HOME=" + home, "TERM=dumb", "SHELL=/bin/sh"}, variables...)
	command := makeCommandIn(t, checkout, variables, "shell")
	inside := exec.CommandContext(t.Context(), terminal, "-qec", "SHELL='"+shell+"' make shell", "/dev/null")
	keyboard, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	defer typed.Close()
	inside.Dir, inside.Env, inside.Stdin = command.Dir, command.Env, keyboard
	inside.WaitDelay = time.Minute
	var out bytes.Buffer
	inside.Stdout, inside.Stderr = &out, &out
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for { // a shell discards input that arrives before its prompt
			_, _ = io.WriteString(typed, input)
			select {
			case <-ended:
				return
			case <-time.After(10 * time.Second):
			}
		}
	}()
	err = inside.Run()
	return checkout, out.String(), err
}

// writeTools writes this program to path. It is built once.
func writeTools(path string) error {
	built, err := builtTools()
	if err != nil {
		return err
	}
	return os.WriteFile(path, built, 0o755)
}

var builtTools = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "tools-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	command := exec.Command("go", "build", "-o", filepath.Join(folder, "tools"), ".")
	command.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(folder, "tools"))
})

func TestTheShellsEnvironmentWinsOverTheUsersStartUpFiles(t *testing.T) {
	const print = "kubectl; pulumi; env | sed 's/^/has:/'; echo \"OWN $OWN\"; exit\n"
	for name, c := range map[string]struct{ shell, file, content, variable string }{
		"bash":                           {"bash", ".bashrc", otherEnvironment, ""},
		"bash whose prompt is a command": {"bash", ".bashrc", otherEnvironment + "PROMPT_COMMAND='PS1=\"own> \";'\n", ""}, // as starship does
		"bash with a hook":               {"bash", ".bashrc", otherEnvironment + "PROMPT_COMMAND=('export PATH=/hook:$PATH')\n", ""},
		"zsh":                            {"zsh", ".zshrc", otherEnvironment, ""},
		"zsh whose prompt is a command":  {"zsh", ".zshrc", otherEnvironment + "precmd() { PROMPT='own> ' }\n", ""},
		"zsh with zshenv":                {"zsh", ".zshenv", otherEnvironment, ""},
		"zsh with ZDOTDIR":               {"zsh", "own/.zshrc", otherEnvironment, "ZDOTDIR=own"},
		"fish":                           {"fish", ".config/fish/config.fish", otherFishEnvironment, ""},
		"dash":                           {"dash", "rc", otherEnvironment, "ENV=$HOME/rc"},
		"sh":                             {"sh", "rc", otherEnvironment, "ENV=$HOME/rc"},
		"ksh":                            {"ksh", ".kshrc", otherEnvironment, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			shell, err := exec.LookPath(c.shell)
			if err != nil {
				t.Skipf("%s is not installed on this machine", c.shell)
			}
			home := t.TempDir()
			fixture.Write(t, filepath.Join(home, c.file), c.content)
			var variables []string
			if c.variable != "" {
				variables = append(variables, strings.Replace(c.variable, "=own", "="+home+"/own", 1))
			}
			checkout, shown := shellIn(t, shell, home, print, variables...)
			local := filepath.Join(checkout, ".local")
			for _, want := range []string{
				"the-demos-kubectl\r", "the-demos-pulumi\r", "\nhas:KUBECONFIG=" + local + "/cluster/kubeconfig\r", "\nhas:PATH=" + local + "/bin:",
				"\nhas:PULUMI_BACKEND_URL=file://" + local + "/pulumi?metadata=skip", "OWN is-read", "(kubernetes-networking:dev) ",
			} {
				if !strings.Contains(shown, want) {
					t.Errorf("the shell shows\n%s\nwant in it %q", shown, want)
				}
			}
			if c.file != ".zshenv" && !strings.Contains(shown, "(kubernetes-networking:dev) own> ") {
				t.Errorf("the shell shows\n%s\nwant the user's own prompt after the stack", shown)
			}
			for _, other := range []string{"\nhas:GOWORK=/other", "\nhas:PULUMI_K8S_DELETE_UNREACHABLE=true"} {
				if strings.Contains(shown, other) {
					t.Errorf("the shell shows\n%s\nwant nothing like %q", shown, other)
				}
			}
		})
	}
}

func TestAShellWhoseVariablesCannotBeSetIsNotOpened(t *testing.T) {
	for name, c := range map[string]struct{ file, variable string }{
		"bash": {".bashrc", "TERM=dumb"}, "zsh": {".zshrc", "TERM=dumb"}, "dash": {"rc", "ENV=$HOME/rc"}, "ksh": {".kshrc", "TERM=dumb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			shell, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("%s is not installed on this machine", name)
			}
			home := t.TempDir()
			fixture.Write(t, filepath.Join(home, c.file), "readonly KUBECONFIG=/other/config\n")
			_, shown, err := tryShell(t, shell, home, "echo opened: $KUBECONFIG; exit\n", c.variable)
			if err == nil || !strings.Contains(shown, "KUBECONFIG readonly") || strings.Contains(shown, "opened: /other") {
				t.Errorf("the shell ends with %v and shows\n%s\nwant an error that names KUBECONFIG", err, shown)
			}
		})
	}
}

func TestAStartUpFileThatTheEnvironmentCannotWinOverIsRefusedInALine(t *testing.T) {
	for name, c := range map[string]struct{ shell, file, content, want string }{
		"a trap of bash":           {"bash", ".bashrc", "trap 'export KUBECONFIG=/other/config' DEBUG\n", "changes KUBECONFIG"},
		"a readonly hook list":     {"bash", ".bashrc", "readonly PROMPT_COMMAND\n", "makes PROMPT_COMMAND readonly"},
		"a readonly prompt":        {"bash", ".bashrc", "readonly PS1='own> '\n", "makes PS1 readonly"},
		"a readonly function":      {"bash", ".bashrc", "kubectl() { echo other; }\nreadonly -f kubectl\n", "replaces kubectl"},
		"another shell in bash":    {"bash", ".bashrc", "exec dash\n", "a start-up file of yours"},
		"a program in bash":        {"bash", ".bashrc", "exec sleep 60\n", "sleep"},
		"an end of bash":           {"bash", ".bashrc", "exit 0\n", "ended the shell"},
		"set -e in bash":           {"bash", ".bashrc", "set -e\nfalse\n", "ended the shell"},
		"a readonly zsh prompt":    {"zsh", ".zshrc", "readonly PROMPT='own> '\n", "makes PROMPT readonly"},
		"a readonly zsh hook list": {"zsh", ".zshrc", "typeset -gar precmd_functions=()\n", "makes precmd_functions readonly"},
		"a trap of zsh":            {"zsh", ".zshrc", "TRAPDEBUG() { export KUBECONFIG=/other/config }\n", "changes KUBECONFIG"},
		"another shell in zsh":     {"zsh", ".zshrc", "exec bash\n", "a start-up file of yours"},
		"another shell in zshenv":  {"zsh", ".zshenv", "exec bash\n", "a start-up file of yours"},
		"an end of zsh":            {"zsh", ".zshenv", "exit 0\n", "ended the shell"},
		"an end of zshrc":          {"zsh", ".zshrc", "exit 0\n", "ended the shell"},
		"another shell in fish":    {"fish", ".config/fish/config.fish", "exec bash\n", "a start-up file of yours"},
		"a handler of fish":        {"fish", ".config/fish/config.fish", "function own --on-variable KUBECONFIG; test $KUBECONFIG = /other; or set -gx KUBECONFIG /other; end\n", "changes KUBECONFIG"},
		"another shell in dash":    {"dash", "rc", "exec bash\n", "a start-up file of yours"},
		"an end of dash":           {"dash", "rc", "exit 0\n", "ended the shell"},
		"set -e in dash":           {"dash", "rc", "set -e\nfalse\n", "ended the shell"},
		"an end of ksh":            {"ksh", "rc", "exit 0\n", "ended the shell"},
		"a trap of ksh":            {"ksh", "rc", "trap 'export KUBECONFIG=/other/config' DEBUG\n", "changes KUBECONFIG"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			shell, err := exec.LookPath(c.shell)
			if err != nil {
				t.Skipf("%s is not installed on this machine", c.shell)
			}
			home, variables := homeWith(t, c.file, c.content)
			_, shown, err := tryShell(t, shell, home, "echo opened$((1+1)); exit\n", variables...)
			if err == nil || !strings.Contains(shown, "make shell: a start-up file of yours") || !strings.Contains(shown, c.want) {
				t.Errorf("the shell ends with %v and shows\n%s\nwant a refusal that holds %q", err, shown, c.want)
			}
		})
	}
}

// homeWith returns a home with this start-up file, and the variables that lead a shell to it: sh reads the file that
// ENV names.
func homeWith(t *testing.T, file, content string) (home string, variables []string) {
	t.Helper()
	home = t.TempDir()
	path := filepath.Join(home, file)
	fixture.Write(t, path, content)
	if file == "rc" {
		variables = []string{"ENV=" + path}
	}
	return home, variables
}

func TestTheShellOpensInTheCheckoutWithoutPrintingItsVariables(t *testing.T) {
	const own = "alias export=echo for=echo builtin=echo unset=echo\ncd /tmp\nset -eu\n"
	for name, c := range map[string]struct{ shell, file, content string }{
		"bash":               {"bash", ".bashrc", own},
		"bash with function": {"bash", ".bashrc", "export() { echo \"$@\"; }\ncd() { :; }\ncd /tmp\n"},
		"zsh":                {"zsh", ".zshrc", own},
		"zshenv":             {"zsh", ".zshenv", own},
		"fish":               {"fish", ".config/fish/config.fish", "function export; echo $argv; end\nfunction cd; echo $argv; end\nbuiltin cd /tmp\n"},
		// zsh and fish only stop reading a file that fails or ends.
		"zsh with set -e": {"zsh", ".zshrc", "set -e\nfalse\n"},
		"fish with exit":  {"fish", ".config/fish/config.fish", "exit 0\n"},
		"dash":            {"dash", "rc", own},
		"ksh":             {"ksh", "rc", own},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			shell, err := exec.LookPath(c.shell)
			if err != nil {
				t.Skipf("%s is not installed on this machine", c.shell)
			}
			home, variables := homeWith(t, c.file, c.content)
			checkout, shown := shellIn(t, shell, home, "false; echo in:$(pwd); kubectl; exit 0\n", variables...)
			if !strings.Contains(shown, "in:"+checkout+"\r") || !strings.Contains(shown, "the-demos-kubectl\r") || strings.Contains(shown, "PULUMI_CONFIG_PASSPHRASE") {
				t.Errorf("the shell shows\n%s\nwant it in %s, and no variables", shown, checkout)
			}
		})
	}
}

func TestAShellWhoseStartUpFilesWouldWinIsReplacedWithANote(t *testing.T) {
	home := t.TempDir()
	for shell, noted := range map[string]bool{
		script(t, home, "nu", "echo started"): true, "/bin/false": true, "/no/such/shell": true, "bash -l": true, "": false,
	} {
		checkout, shown := shellIn(t, shell, home, "echo \"has:$KUBECONFIG\"; exit\n")
		if strings.Contains(shown, "SHELL="+shell+" is not") != noted || !strings.Contains(shown, "\nhas:"+checkout+"/.local/cluster/kubeconfig") {
			t.Errorf("with SHELL=%q the terminal shows\n%s\nwant a note: %t, and the demo's environment", shell, shown, noted)
		}
	}
}
