package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestClusterDeleteAfterCleanLeavesNeitherDataNorState(t *testing.T) {
	checkout := t.TempDir()
	for _, path := range []string{"cluster/lock", "cluster/volumes/orders", "pulumi/dev.json", "build/stamp"} {
		fixture.Write(t, filepath.Join(checkout, ".local", path), "")
	}
	if out, err := makeIn(t, checkout, nil, "clean", "cluster-delete"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if left := fixture.Names(t, filepath.Join(checkout, ".local")); len(left) > 0 {
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
	if left := fixture.Names(t, filepath.Join(checkout, ".local")); !slices.Equal(left, []string{"cluster", "pulumi"}) {
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
		if left := fixture.Names(t, filepath.Join(checkout, ".local")); !slices.Equal(left, []string{"cluster"}) {
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
