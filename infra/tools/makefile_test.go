package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
	"example.com/kubernetes-networking/infra/tools/internal/shell"
)

// top is the top folder of this checkout.
const top = "../.."

// makeIn runs the command of makeCommandIn, and returns its output.
func makeIn(t *testing.T, folder string, variables []string, args ...string) (string, error) {
	t.Helper()
	out, err := makeCommandIn(t, folder, variables, args...).CombinedOutput()
	return string(out), err
}

// makeCommandIn returns a make command with a copy of this project's Makefile in folder, where infra is a link to this
// checkout's. Of the environment of this process it gets only PATH and Go's caches, in addition to variables.
func makeCommandIn(t *testing.T, folder string, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, filepath.Join(folder, "Makefile"), string(content))
	infra, err := filepath.Abs(filepath.Join(top, "infra"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(infra, filepath.Join(folder, "infra")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "make", args...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, append(goCaches(t), variables...)...)
	return command
}

// goCaches returns the variables for the Go caches that this process uses.
var goCaches = func() func(t *testing.T) []string {
	find := sync.OnceValues(func() ([]byte, error) { return exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output() })
	return func(t *testing.T) []string {
		t.Helper()
		out, err := find()
		if err != nil {
			t.Fatal(err)
		}
		folders := strings.Split(strings.TrimSpace(string(out)), "\n")
		return []string{"GOCACHE=" + folders[0], "GOMODCACHE=" + folders[1]}
	}
}()

// script writes an executable shell script to folder, and returns its path.
func script(t *testing.T, folder, name, script string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	fixture.Program(t, path, "#!/bin/sh\n"+script+"\n")
	return path
}

func TestMakeRefusesAPathThatHoldsASpace(t *testing.T) {
	parent := t.TempDir()
	half := filepath.Join(parent, "my", "data")
	fixture.Write(t, half, "precious")
	out, err := makeIn(t, filepath.Join(parent, "my", "data of mine"), nil, "clean")
	if err == nil || !strings.Contains(out, "holds a space") {
		t.Errorf("make clean ends with %v and prints %q, want a refusal that names the space", err, out)
	}
	if content, err := os.ReadFile(half); err != nil || string(content) != "precious" {
		t.Errorf("the file at the path up to the space holds %q, %v, want it untouched", content, err)
	}
}

func TestMakeFailsForAnUnknownTarget(t *testing.T) {
	out, err := makeIn(t, t.TempDir(), nil, "tset")
	if err == nil || !strings.Contains(out, "No rule to make target") {
		t.Errorf("make tset ends with %v and prints %q, want that there is no rule", err, out)
	}
}

func TestEachRuleOfTheMakefileIsPhony(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile := strings.ReplaceAll(string(content), "\\\n", "")
	var rules []string
	for _, rule := range regexp.MustCompile(`(?m)^([a-z0-9-]+):([^=]|$)`).FindAllStringSubmatch(makefile, -1) {
		rules = append(rules, rule[1])
	}
	slices.Sort(rules)
	_, list, _ := strings.Cut(makefile, "\n.PHONY:")
	list, _, _ = strings.Cut(list, "\n")
	if phony := strings.Fields(list); !slices.Equal(phony, rules) {
		t.Errorf(".PHONY lists\n%q, want the rules\n%q", phony, rules)
	}
}

func TestAnEmptyVariableOfTheEnvironmentDoesNotSwitchTheLab(t *testing.T) {
	for _, c := range []struct {
		variables, args []string
		want            string // what make runs after "lab"
	}{
		{nil, nil, ""},
		{[]string{"ON=", "OFF="}, nil, ""},
		{[]string{"ON=deny-dns"}, nil, `"ON=$ON"`},
		{nil, []string{"ON="}, `"ON=$ON"`},
		{[]string{"ON="}, []string{"OFF=1"}, `"OFF=$OFF"`},
	} {
		out, err := makeIn(t, t.TempDir(), c.variables, append([]string{"--dry-run", "lab"}, c.args...)...)
		_, got, _ := strings.Cut(out, " lab")
		if got = strings.TrimSpace(got); err != nil || got != c.want {
			t.Errorf("make lab %q with %q in the environment runs tools lab %s (%v), want %s", c.args, c.variables, got, err, c.want)
		}
	}
}

func TestMakeReportsThatGoIsMissing(t *testing.T) {
	programs := t.TempDir() // a PATH of what make itself uses
	for _, name := range []string{
		"make", "bash", "sh", "awk", "chmod", "cut", "id", "ls", "mktemp", "rm", "sed", "tr", "uname", "wc",
	} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"tools", "test", "lint"} {
		out, err := makeIn(t, t.TempDir(), []string{"PATH=" + programs}, target)
		if err == nil || !strings.Contains(out, `go is not in PATH`) || !strings.Contains(out, `sudo env "PATH=$PATH" make`) || strings.Contains(out, "Error 127") {
			t.Errorf("make %s ends with %v and prints %q, want that go is not in PATH", target, err, out)
		}
	}
}

func TestAnotherStackGetsNothingOfTheDevStack(t *testing.T) {
	folder := t.TempDir()
	script(t, filepath.Join(folder, ".local", "bin"), "pulumi", "")
	dev, err := makeIn(t, folder, nil, "env")
	if err != nil {
		t.Fatal(dev)
	}
	script := `set -eu; eval "$DEV"; eval "$(make env STACK=mine)"
		echo "$PULUMI_STACK ${PULUMI_BACKEND_URL-none} ${PULUMI_CONFIG_PASSPHRASE-none} ${KUBECONFIG-none} ${PULUMI_IGNORE_AMBIENT_PLUGINS-none}"`
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir = folder
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DEV=" + dev}
	out, err := command.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "mine none none none none" {
		t.Errorf("the other stack has %q, %v, want its name alone", got, err)
	}
}

func TestAnotherStackHasTheCredentialsOfTheUsersPulumiHome(t *testing.T) {
	script := `set -eu; for stack in $STACKS; do eval "$(make env STACK=$stack)"; done
		echo "$PULUMI_HOME $PULUMI_CREDENTIALS_PATH $OWN_PULUMI_HOME"`
	for name, c := range map[string]struct {
		stacks    string
		variables []string
		want      string
	}{
		"by default":                    {"mine", nil, "CHECKOUT/.local/pulumi-own /home/me/.pulumi /home/me/.pulumi"},
		"in a home of its own":          {"mine", []string{"PULUMI_HOME=/p"}, "CHECKOUT/.local/pulumi-own /p /p"},
		"in the dev stack's shell":      {"dev mine", []string{"PULUMI_HOME=/p"}, "CHECKOUT/.local/pulumi-own /p /p"},
		"in its own shell":              {"mine mine", []string{"PULUMI_HOME=/p"}, "CHECKOUT/.local/pulumi-own /p /p"},
		"in another checkout's shell":   {"mine", []string{"PULUMI_HOME=/c/.local/pulumi-own", "OWN_PULUMI_HOME=/p"}, "CHECKOUT/.local/pulumi-own /p /p"},
		"with credentials of their own": {"mine", []string{"PULUMI_CREDENTIALS_PATH=/c"}, "CHECKOUT/.local/pulumi-own /c /home/me/.pulumi"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if out, err := makeIn(t, folder, nil, "help"); err != nil {
				t.Fatal(out)
			}
			command := exec.CommandContext(t.Context(), "bash", "-c", script)
			command.Dir = folder
			command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/home/me", "STACKS=" + c.stacks}, c.variables...)
			out, err := command.CombinedOutput()
			want := strings.ReplaceAll(c.want, "CHECKOUT", folder)
			if got := strings.TrimSpace(string(out)); err != nil || got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

// printingShell returns the path of a bash that opens, runs this command, and ends.
func printingShell(t *testing.T, command string) string {
	t.Helper()
	return script(t, t.TempDir(), "bash", `: >"${2%/*}/`+shell.OpenedFile+`"; `+command) // $2 is the file that --rcfile names
}

func TestRecipesOfAnotherStackGetNothingOfTheDevStack(t *testing.T) {
	folder := t.TempDir()
	printing := printingShell(t, `echo "backend=${PULUMI_BACKEND_URL-none} passphrase=${PULUMI_CONFIG_PASSPHRASE-none}"`)
	script(t, filepath.Join(folder, ".local", "bin"), "pulumi", "")
	local := filepath.Join(folder, ".local")
	for name, c := range map[string]struct{ backend, passphrase, want string }{
		"in the dev stack's shell": {"file://" + local + "/pulumi?metadata=skip", "kubernetes-networking", "backend=none passphrase=none"},
		"with a backend of its own": {
			"https://pulumi.example.com", "kubernetes-networking",
			"backend=https://pulumi.example.com passphrase=kubernetes-networking",
		},
		"with a passphrase that looks like make code": {"https://pulumi.example.com", "a$(b)c", "backend=https://pulumi.example.com passphrase=a$(b)c"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := []string{"SHELL=" + printing, "PULUMI_BACKEND_URL=" + c.backend, "PULUMI_CONFIG_PASSPHRASE=" + c.passphrase}
			out, err := makeIn(t, folder, variables, "shell", "STACK=mine")
			if got := strings.TrimSpace(out); err != nil || got != c.want {
				t.Errorf("the shell has %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// clientVariables change what pulumi, its Kubernetes provider, kubectl or helm do.
var clientVariables = []string{
	"PULUMI_K8S_DELETE_UNREACHABLE", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
	"PULUMI_K8S_ENABLE_PATCH_FORCE", "PULUMI_K8S_CLIENT_TIMEOUT", "PULUMI_K8S_AWAIT_ALL", "PULUMI_KUBERNETES_MANAGED_BY_LABEL",
	"PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG", "PULUMI_CONTINUE_ON_ERROR", "PULUMI_RUN_PROGRAM", "PULUMI_SKIP_CHECKPOINTS",
	"PULUMI_SKIP_CONFIRMATIONS", "PULUMI_DISABLE_PROVIDER_PREVIEW", "PULUMI_DIY_BACKEND_GZIP", "PULUMI_DEBUG_GRPC", "PULUMI_OPTION_REFRESH",
	"KUBERNETES_MASTER", "KUBERNETES_SERVICE_HOST", "KUBERC", "KUBECTL_APPLYSET", "KUBE_FEATURE_WatchListClient",
	"HELM_KUBECONTEXT", "HELM_NAMESPACE", "HELM_DRIVER",
}

// personalVariables are credentials and preferences, which are the same for every project.
var personalVariables = []string{"PULUMI_ACCESS_TOKEN", "PULUMI_PARALLEL", "KUBE_EDITOR", "KUBECTL_EXTERNAL_DIFF", "KUBECACHEDIR"}

func TestOnlyTheDevStackDropsVariablesOfOtherProjects(t *testing.T) {
	inherited := []string{"SHELL=" + printingShell(t, "env")}
	for _, name := range slices.Concat(clientVariables, personalVariables) {
		inherited = append(inherited, name+"=3")
	}
	for _, c := range []struct {
		stack  string
		absent []string
		kept   []string
	}{
		{"dev", clientVariables, personalVariables},
		{"mine", nil, slices.Concat(clientVariables, personalVariables)},
	} {
		opened, err := makeIn(t, t.TempDir(), inherited, "shell", "STACK="+c.stack)
		if err != nil {
			t.Fatal(opened)
		}
		exports, err := makeIn(t, t.TempDir(), inherited, "env", "STACK="+c.stack)
		if err != nil {
			t.Fatal(exports)
		}
		shellLines, exportLines := strings.Split(opened, "\n"), strings.Split(exports, "\n")
		for _, name := range c.absent {
			if slices.Contains(shellLines, name+"=3") || !slices.Contains(exportLines, "unset "+name) {
				t.Errorf("stack %s keeps %s, want it unset by make shell and make env", c.stack, name)
			}
		}
		for _, name := range c.kept {
			if !slices.Contains(shellLines, name+"=3") || slices.Contains(exportLines, "unset "+name) {
				t.Errorf("stack %s drops %s, want it kept by make shell and make env", c.stack, name)
			}
		}
	}
}

func TestAVariableOfTheCommandLineReachesTheDevStack(t *testing.T) {
	out, err := makeIn(t, t.TempDir(), []string{"SHELL=" + printingShell(t, "env")}, "shell", "PULUMI_K8S_CLIENT_TIMEOUT=3")
	if err != nil || !slices.Contains(strings.Split(out, "\n"), "PULUMI_K8S_CLIENT_TIMEOUT=3") {
		t.Errorf("got %v and %s, want the variable", err, out)
	}
}

// folders returns the names of the folders in .local.
func folders(t *testing.T, checkout string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(checkout, ".local"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestClusterDeleteAfterCleanLeavesNeitherDataNorState(t *testing.T) {
	checkout := t.TempDir()
	for _, path := range []string{"cluster/lock", "cluster/volumes/orders", "pulumi/dev.json", "build/stamp"} {
		fixture.Write(t, filepath.Join(checkout, ".local", path), "")
	}
	if out, err := makeIn(t, checkout, nil, "clean", "cluster-delete"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if left := folders(t, checkout); len(left) > 0 {
		t.Errorf("%v are left, want nothing", left)
	}
}

func TestClusterDeleteLeavesARunningClusterAlone(t *testing.T) {
	checkout := t.TempDir()
	fixture.Write(t, filepath.Join(checkout, ".local/cluster/lock"), "")
	fixture.Write(t, filepath.Join(checkout, ".local/pulumi/dev.json"), "")
	running, err := os.Open(filepath.Join(checkout, ".local/cluster/lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	if err := syscall.Flock(int(running.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	out, err := makeIn(t, checkout, nil, "cluster-delete")
	if err == nil || !strings.Contains(out, "make tools") {
		t.Errorf("make cluster-delete ends with %v and prints %q, want a failure with the remedy", err, out)
	}
	if left := folders(t, checkout); !slices.Equal(left, []string{"cluster", "pulumi"}) {
		t.Errorf("%v are left, want the cluster's data and the stack's state", left)
	}
}

func TestCleanOfAnyStackStopsTheClusterFirst(t *testing.T) {
	for _, stack := range []string{"dev", "mine"} {
		checkout := t.TempDir()
		local := filepath.Join(checkout, ".local")
		fixture.Program(t, filepath.Join(local, "bin", "cluster"), "#!/bin/sh\necho \"$@\" > '"+local+"/cluster/arguments'\n")
		fixture.Write(t, filepath.Join(local, "cluster", "lock"), "")
		if out, err := makeIn(t, checkout, nil, "clean", "STACK="+stack); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		arguments, err := os.ReadFile(filepath.Join(local, "cluster", "arguments"))
		if want := "down --root " + local + "\n"; err != nil || string(arguments) != want {
			t.Errorf("with STACK=%s the cluster is called with %q, %v, want %q", stack, arguments, err, want)
		}
		if left := folders(t, checkout); !slices.Equal(left, []string{"cluster"}) {
			t.Errorf("with STACK=%s %v are left, want the cluster's data alone", stack, left)
		}
	}
}

func TestMakeDestroyChecksRetainedDataFirst(t *testing.T) {
	folder := t.TempDir()
	fixture.Write(t, filepath.Join(folder, "Pulumi.mine.yaml"), "")
	out, err := makeIn(t, folder, nil, "--dry-run", "destroy", "STACK=mine")
	checks, destroys := strings.Index(out, " retain\n"), strings.Index(out, "pulumi destroy")
	if err != nil || checks < 0 || destroys < checks {
		t.Errorf("make destroy (%v) runs\n%s\nwant that tools retain comes before pulumi destroy", err, out)
	}
}
