package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/shell"
)

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
