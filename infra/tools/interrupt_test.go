package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// interruptedUpdate stands for pulumi. Its `up` writes the event of a change, signals that it runs, and waits for an
// interrupt; the second one succeeds at once. Like pulumi, it holds a lock while it runs and writes the lab to the
// configuration file.
const interruptedUpdate = `#!/bin/bash
set -eu
locks=$BACKEND/.pulumi/locks/organization/kubernetes-networking/dev
case "$1 $2" in
"stack output") echo '{"explorerUrl":"http://127.80.0.4","namespace":"shop","lab":""}' ;;
"stack export") echo '{"version":3,"deployment":{"resources":[]}}' ;;
"config get") sed -n 's/.*:lab: //p' Pulumi.dev.yaml ;;
"config set") echo "  kubernetes-networking:lab: $4" >>Pulumi.dev.yaml ;;
"config rm") sed -i /:lab:/d Pulumi.dev.yaml ;;
"up --yes")
	mkdir -p "$locks"
	echo "{\"pid\":$$,\"hostname\":\"$(hostname)\",\"username\":\"me\"}" >"$locks/1.json"
	trap 'rm "$locks/1.json"' EXIT
	: >"${@: -1}"
	if [ ! -e .local/interrupted ]; then
		trap 'touch .local/interrupted; exit 255' INT
		if [ "$CHANGES" = yes ]; then
			echo '{"resOutputsEvent":{"metadata":{"op":"create","urn":"a::products","type":"a:b:Service","new":{"custom":true,"inputs":{}}}}}' >"${@: -1}"
		fi
		echo >.local/running # a FIFO of the test
		while :; do sleep 0.02; done
	fi ;;
esac
`

func TestAnInterruptOfMakeLabLeavesNoLabNoLockAndNoChange(t *testing.T) {
	for changes, want := range map[string]string{"yes": "everything is as before", "no": "nothing was changed"} {
		root, bin := t.TempDir(), t.TempDir()
		fixture.Program(t, filepath.Join(bin, "pulumi"), interruptedUpdate)
		fixture.Write(t, filepath.Join(root, "Pulumi.dev.yaml"), "config:\n")
		fixture.Write(t, filepath.Join(root, ".gitignore"), "/.local/\n")
		backend := filepath.Join(root, ".local", "pulumi")
		fixture.Write(t, filepath.Join(backend, ".pulumi/stacks/kubernetes-networking/dev.json"), "{}")
		git(t, root, "init", "--quiet")
		git(t, root, "add", ".")
		git(t, root, "-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "--message=one")
		tools := filepath.Join(root, ".local", "tools")
		if err := writeTools(tools); err != nil {
			t.Fatal(err)
		}
		running := openFIFO(t, filepath.Join(root, ".local", "running"))

		command := exec.CommandContext(t.Context(), tools, "lab", "ON=wrong-port")
		command.Dir = root
		command.Env = []string{
			"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PULUMI_STACK=dev",
			"PULUMI_BACKEND_URL=file://" + backend, "BACKEND=" + backend, "CHANGES=" + changes,
		}
		var output bytes.Buffer
		command.Stdout, command.Stderr = &output, &output
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if err := running.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := running.Read(make([]byte, 1)); err != nil {
			t.Fatalf("no update within a minute: %v: %s", err, &output)
		}
		if err := command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 || !strings.Contains(output.String(), want) {
			t.Errorf("changes %s: make lab ends with %v and prints\n%s\nwant status 130 and %q", changes, err, &output, want)
		}
		if status := git(t, root, "status", "--porcelain"); status != "" {
			t.Errorf("changes %s: git reports %q, want nothing", changes, status)
		}
		if locks, _ := filepath.Glob(filepath.Join(backend, ".pulumi/locks/organization/kubernetes-networking/dev/*")); len(locks) > 0 {
			t.Errorf("changes %s: the locks %v remain", changes, locks)
		}
		free, err := os.Open(filepath.Join(root, ".local", "build", "lock"))
		if err != nil {
			t.Fatal(err)
		}
		defer free.Close()
		if err := syscall.Flock(int(free.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			t.Errorf("changes %s: the checkout is locked: %v", changes, err)
		}
	}
}

// openFIFO creates a FIFO and opens both of its ends, so that neither side waits for the other one to open it.
func openFIFO(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fifo.Close() })
	return fifo
}

func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", folder}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
	return string(out)
}
