package build

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// plugin stands for the Kubernetes provider.
var plugin = binary{name: "pulumi-resource-x", output: "build", plugin: "resource-x-v1.0.0"}

func TestAPluginIsInBothPulumiHomesAndNotInPath(t *testing.T) {
	b, _ := newBuilder(t)
	fixture.Program(t, b.program(plugin), "#!/bin/sh\necho built\n")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{"pulumi-home", "pulumi-own"} {
		if got := output(t, b.Local(home, "plugins", plugin.plugin, plugin.name)); got != "built" {
			t.Errorf("the plugin in %s prints %q, want what was built", home, got)
		}
	}
	if _, err := os.Lstat(b.Local("bin", plugin.name)); err == nil {
		t.Error("the plugin is in .local/bin, where pulumi warns about it")
	}
}

func TestAPluginThatPulumiHasInstalledStays(t *testing.T) {
	b, _ := newBuilder(t)
	fixture.Program(t, b.program(plugin), "")
	installed := b.Local("pulumi-home", "plugins", plugin.plugin, plugin.name)
	fixture.Program(t, installed, "#!/bin/sh\necho installed\n")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	if got := output(t, installed); got != "installed" {
		t.Errorf("the plugin prints %q, want the installed one", got)
	}
}

// The test starts and stops the plugin as pulumi does: in a process group of its own, which gets the signal.
func TestAnInstalledProviderLeavesNothingInTMPDIR(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		b, _ := newBuilder(t)
		temporary := t.TempDir()
		official := filepath.Join(t.TempDir(), plugin.name)
		fixture.Program(t, official, "#!/usr/bin/env bash\necho key >\"$(mktemp \"$TMPDIR/kubeconfigXXX\")\"\necho \"$@\"; exec sleep 300\n")
		if err := b.useInstalled(plugin, official); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), b.Local("pulumi-own", "plugins", plugin.plugin, plugin.name), "127.0.0.1:1")
		command.Env = append(os.Environ(), "TMPDIR="+temporary)
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		stdout, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil || line != "127.0.0.1:1\n" {
			t.Errorf("the provider is started with %q, %v, want the engine's address", line, err)
		}
		if left, _ := filepath.Glob(filepath.Join(temporary, "*", "kubeconfig*")); len(left) != 1 {
			t.Errorf("the provider wrote %v, want one file in a folder of its own", left)
		}
		if err := syscall.Kill(-command.Process.Pid, signal); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		await(t, func() bool { return len(fixture.Names(t, temporary)) == 0 })
	}
}

// await returns when the condition holds.
func await(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the condition does not hold within a minute")
		}
	}
}

func TestAProviderThatPulumiHasInstalledHereIsWrapped(t *testing.T) {
	b, _ := newBuilder(t)
	t.Setenv("OWN_PULUMI_HOME", t.TempDir())
	target := pulumiBinaries[slices.IndexFunc(pulumiBinaries, func(one binary) bool { return one.plugin != "" })]
	installed := b.Local("pulumi-home", "plugins", target.plugin, target.name)
	for range 2 { // pulumi plugin install --reinstall replaces the link
		if err := os.RemoveAll(filepath.Dir(installed)); err != nil {
			t.Fatal(err)
		}
		fixture.Program(t, installed, "#!/bin/sh\necho full in $TMPDIR\n")
		if err := b.build(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		if got := output(t, installed); !strings.HasPrefix(got, "full in "+temporary+"/") {
			t.Errorf("the plugin prints %q, want that it runs in a folder of its own below TMPDIR", got)
		}
		await(t, func() bool { return len(fixture.Names(t, temporary)) == 0 })
	}
}

func TestAStackOnAClusterOfTheUserHasTheUsersPlugins(t *testing.T) {
	b, _ := newBuilder(t)
	own := t.TempDir()
	t.Setenv("OWN_PULUMI_HOME", own)
	aws := filepath.Join(own, "plugins", "resource-aws-v6.0.0")
	fixture.Program(t, filepath.Join(aws, "pulumi-resource-aws"), "#!/bin/sh\necho aws\n")
	fixture.Write(t, filepath.Join(own, "plugins", "resource-aws-v6.0.0.lock"), "")
	fixture.Write(t, filepath.Join(own, "workspaces", "w.json"), "selected")
	fixture.Program(t, b.program(plugin), "")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.linkOwnHome(); err != nil {
			t.Fatal(err)
		}
	}
	// pulumi lists plugins by folder and ignores links there.
	plugins, err := os.ReadDir(b.Local("pulumi-own", "plugins"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, entry := range plugins {
		if entry.IsDir() {
			folders = append(folders, entry.Name())
		}
	}
	if want := []string{"resource-aws-v6.0.0", plugin.plugin}; !slices.Equal(folders, want) {
		t.Errorf("the plugins are %v, want %v", folders, want)
	}
	if got := output(t, b.Local("pulumi-own", "plugins", "resource-aws-v6.0.0", "pulumi-resource-aws")); got != "aws" {
		t.Errorf("the user's plugin prints %q, want aws", got)
	}
	if content, err := os.ReadFile(b.Local("pulumi-own", "workspaces", "w.json")); string(content) != "selected" {
		t.Errorf("the selected stack is %q, %v, want the user's", content, err)
	}
	if err := os.RemoveAll(aws); err != nil {
		t.Fatal(err)
	}
	if err := b.linkOwnHome(); err != nil {
		t.Fatal(err)
	}
	if got := fixture.Names(t, b.Local("pulumi-own", "plugins")); !slices.Equal(got, []string{plugin.plugin}) {
		t.Errorf("after the user has removed aws the plugins are %v, want %s alone", got, plugin.plugin)
	}
}

func TestTheUsersOwnProviderComesFirst(t *testing.T) {
	b, _ := newBuilder(t)
	own := t.TempDir()
	t.Setenv("OWN_PULUMI_HOME", own)
	const name = "plugins/resource-kubernetes-v4.27.0/pulumi-resource-kubernetes"
	built := b.Local("build", "pulumi-resource-kubernetes")
	fixture.Program(t, built, "")
	if _, err := symlink(built, b.Local("pulumi-own", name)); err != nil {
		t.Fatal(err)
	}
	if got := b.installedProvider(); got != "" {
		t.Errorf("with nothing installed the provider is %q, want none", got)
	}
	installed := b.Local("pulumi-home", name)
	fixture.Program(t, installed, "")
	for range 2 {
		if got := b.installedProvider(); got != installed+fullSuffix {
			t.Errorf("after `pulumi plugin install` the provider is %q, want %s", got, installed+fullSuffix)
		}
	}
	fixture.Program(t, filepath.Join(own, name), "")
	if got := b.installedProvider(); !strings.HasPrefix(got, own) {
		t.Errorf("with one in the user's home the provider is %q, want it", got)
	}
}
