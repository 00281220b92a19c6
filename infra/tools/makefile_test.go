package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeIn runs make with a copy of this project's Makefile in folder. Of this process' environment it sees PATH alone,
// and variables override that.
func makeIn(t *testing.T, folder string, variables []string, args ...string) (string, error) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "Makefile"), string(content))
	command := exec.CommandContext(t.Context(), "make", args...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, variables...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestMakeRefusesAPathThatHoldsASpace(t *testing.T) {
	parent := t.TempDir()
	half := filepath.Join(parent, "my", "data")
	write(t, half, "precious")
	out, err := makeIn(t, filepath.Join(parent, "my", "data of mine"), nil, "clean")
	if err == nil || !strings.Contains(out, "holds a space") {
		t.Errorf("make clean ends with %v and says %q, want a refusal that names the space", err, out)
	}
	if content, err := os.ReadFile(half); err != nil || string(content) != "precious" {
		t.Errorf("the file at the path up to the space holds %q, %v, want it untouched", content, err)
	}
}

func TestAnotherStackGetsNothingOfTheDevStack(t *testing.T) {
	folder := t.TempDir()
	dev, err := makeIn(t, folder, nil, "env")
	if err != nil {
		t.Fatal(dev)
	}
	script := `set -eu; eval "$DEV"; export PULUMI_HOME=$OWN_HOME; eval "$(make env STACK=mine)"
		echo "$PULUMI_STACK ${PULUMI_HOME-none} ${PULUMI_BACKEND_URL-none} ${PULUMI_CONFIG_PASSPHRASE-none} ${KUBECONFIG-none}"`
	for _, c := range []struct{ home, want string }{
		{filepath.Join(folder, ".local", "pulumi-home"), "mine none none none none"},
		{"/my/home", "mine /my/home none none none"},
	} {
		command := exec.CommandContext(t.Context(), "bash", "-c", script)
		command.Dir = folder
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "DEV=" + dev, "OWN_HOME=" + c.home}
		out, err := command.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("with PULUMI_HOME=%s the other stack has %q, %v, want %q", c.home, got, err, c.want)
		}
	}
}

func TestRecipesOfAnotherStackGetNothingOfTheDevStack(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "printenv"), "#!/bin/sh\necho \"backend=${PULUMI_BACKEND_URL-none} passphrase=${PULUMI_CONFIG_PASSPHRASE-none}\"\n")
	if err := os.Chmod(filepath.Join(folder, "printenv"), 0o755); err != nil {
		t.Fatal(err)
	}
	local := filepath.Join(folder, ".local")
	for name, c := range map[string]struct{ backend, passphrase, want string }{
		"in the dev stack's shell": {"file://" + local + "/pulumi", "kubernetes-networking", "backend=none passphrase=none"},
		"with a backend of its own": {
			"https://pulumi.example.com", "kubernetes-networking",
			"backend=https://pulumi.example.com passphrase=kubernetes-networking",
		},
		"with a passphrase that looks like make code": {"https://pulumi.example.com", "a$(b)c", "backend=https://pulumi.example.com passphrase=a$(b)c"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := []string{"SHELL=" + filepath.Join(folder, "printenv"), "PULUMI_BACKEND_URL=" + c.backend, "PULUMI_CONFIG_PASSPHRASE=" + c.passphrase}
			out, err := makeIn(t, folder, variables, "shell", "STACK=mine")
			if got := strings.TrimSpace(out); err != nil || got != c.want {
				t.Errorf("the shell has %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
