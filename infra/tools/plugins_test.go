package main

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
)

// plugin is the demo's provider, without a build.
var plugin = binary{name: "pulumi-resource-x", output: "build", plugin: "resource-x-v1.0.0"}

func executable(t *testing.T, path, content string) {
	t.Helper()
	write(t, path, content)
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestAPluginIsInBothPulumiHomesAndNotInPath(t *testing.T) {
	b, _ := checkout(t)
	executable(t, b.program(plugin), "#!/bin/sh\necho built\n")
	executable(t, b.local("bin", plugin.name), "")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{"pulumi-home", "pulumi-own"} {
		if got := output(t, b.local(home, "plugins", plugin.plugin, plugin.name)); got != "built" {
			t.Errorf("the plugin in %s prints %q, want what was built", home, got)
		}
	}
	if _, err := os.Lstat(b.local("bin", plugin.name)); err == nil {
		t.Error("the plugin is in .local/bin, where pulumi warns about it")
	}
}

func TestAPluginThatPulumiHasInstalledStays(t *testing.T) {
	b, _ := checkout(t)
	executable(t, b.program(plugin), "")
	installed := b.local("pulumi-home", "plugins", plugin.plugin, plugin.name)
	executable(t, installed, "#!/bin/sh\necho installed\n")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	if got := output(t, installed); got != "installed" {
		t.Errorf("the plugin prints %q, want the installed one", got)
	}
}

// The plugin is started and stopped as pulumi does it: in a process group of its own, which gets the signal.
func TestAnInstalledProviderLeavesNothingInTMPDIR(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		b, _ := checkout(t)
		temporary := t.TempDir()
		official := filepath.Join(t.TempDir(), plugin.name)
		executable(t, official, "#!/usr/bin/env bash\necho key >\"$(mktemp \"$TMPDIR/kubeconfigXXX\")\"\necho \"$@\"; exec sleep 300\n")
		if err := b.useInstalled(plugin, official); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), b.local("pulumi-own", "plugins", plugin.plugin, plugin.name), "127.0.0.1:1")
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
		await(t, func() bool { return len(names(t, temporary)) == 0 })
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

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestAStackOnAClusterOfTheUserHasTheUsersPlugins(t *testing.T) {
	b, _ := checkout(t)
	own := t.TempDir()
	t.Setenv("OWN_PULUMI_HOME", own)
	aws := filepath.Join(own, "plugins", "resource-aws-v6.0.0")
	executable(t, filepath.Join(aws, "pulumi-resource-aws"), "#!/bin/sh\necho aws\n")
	write(t, filepath.Join(own, "plugins", "resource-aws-v6.0.0.lock"), "")
	write(t, filepath.Join(own, "workspaces", "w.json"), "selected")
	executable(t, b.program(plugin), "")
	if err := b.link(plugin); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.linkOwnHome(); err != nil {
			t.Fatal(err)
		}
	}
	// pulumi lists plugins by folder and ignores links there.
	plugins, err := os.ReadDir(b.local("pulumi-own", "plugins"))
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
	if got := output(t, b.local("pulumi-own", "plugins", "resource-aws-v6.0.0", "pulumi-resource-aws")); got != "aws" {
		t.Errorf("the user's plugin prints %q, want aws", got)
	}
	if content, err := os.ReadFile(b.local("pulumi-own", "workspaces", "w.json")); string(content) != "selected" {
		t.Errorf("the selected stack is %q, %v, want the user's", content, err)
	}
	if err := os.RemoveAll(aws); err != nil {
		t.Fatal(err)
	}
	if err := b.linkOwnHome(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, b.local("pulumi-own", "plugins")); !slices.Equal(got, []string{plugin.plugin}) {
		t.Errorf("after the user has removed aws the plugins are %v, want %s alone", got, plugin.plugin)
	}
}

func TestTheUsersOwnProviderComesFirst(t *testing.T) {
	b, _ := checkout(t)
	own := t.TempDir()
	t.Setenv("OWN_PULUMI_HOME", own)
	const name = "plugins/resource-kubernetes-v4.27.0/pulumi-resource-kubernetes"
	built := b.local("build", "pulumi-resource-kubernetes")
	executable(t, built, "")
	if _, err := symlink(built, b.local("pulumi-own", name)); err != nil {
		t.Fatal(err)
	}
	if got := b.installedProvider(); got != "" {
		t.Errorf("with nothing installed the provider is %q, want none", got)
	}
	installed := b.local("pulumi-home", name)
	executable(t, installed, "")
	if got := b.installedProvider(); got != installed {
		t.Errorf("after `pulumi plugin install` the provider is %q, want %s", got, installed)
	}
	executable(t, filepath.Join(own, name), "")
	if got := b.installedProvider(); !strings.HasPrefix(got, own) {
		t.Errorf("with one in the user's home the provider is %q, want it", got)
	}
}
