package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestMissingPackagesAreNamed(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "15", "bin", "postgres"), "")
	got := missing([]hostPackage{
		{name: "there-by-command", command: "sh"},
		{name: "there-by-path", path: filepath.Join(folder, "*", "bin", "postgres")},
		{name: "no-command", command: "no-such-command"},
		{name: "no-path", path: filepath.Join(folder, "*", "bin", "mysqld")},
	})
	if want := []string{"no-command", "no-path"}; !slices.Equal(got, want) {
		t.Errorf("missing are %q, want %q", got, want)
	}
}

func TestWhatVerifiesDebiansPackagesComesWithWhatInstallsThem(t *testing.T) {
	for use, packages := range map[string][]hostPackage{
		"demo": hostPackages(true), "stack with its own cluster": hostPackages(false), "tests": testPackages,
	} {
		for _, name := range []string{"mmdebstrap", "debian-archive-keyring", "gpg"} {
			if !slices.ContainsFunc(packages, func(p hostPackage) bool { return p.name == name }) {
				t.Errorf("the packages of the %s lack %s", use, name)
			}
		}
	}
}

func TestAStackWithItsOwnClusterNeedsNoContainerRuntime(t *testing.T) {
	for _, p := range hostPackages(false) {
		if p.name == "containerd" || p.name == "runc" {
			t.Errorf("%s is wanted without the embedded cluster", p.name)
		}
	}
}

func TestVersionsAreComparedByNumber(t *testing.T) {
	for _, c := range []struct {
		version string
		want    bool
	}{
		{"v3.232.0", true},
		{"3.232.1", true},
		{"v3.1000.0", true},
		{"v4.0.0", true},
		{"v3.231.9", false},
		{"v3.99.0", false},
		{"v3.300.0-dev.0", false},
		{"", false},
	} {
		if got := atLeast(c.version, "v3.232.0"); got != c.want {
			t.Errorf("atLeast(%q, v3.232.0) = %t, want %t", c.version, got, c.want)
		}
	}
}

func TestInstalledPulumiIsUsedWhenItIsNewEnoughAndComplete(t *testing.T) {
	for name, c := range map[string]struct {
		version      string
		languageHost bool
		used         bool
	}{
		"new":                   {"v3.240.1", true, true},
		"old":                   {"v3.200.0", true, false},
		"without language host": {"v3.240.1", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			b := &builder{root: t.TempDir()}
			script := func(name, text string) {
				write(t, filepath.Join(folder, name), "#!/bin/sh\n"+text+"\n")
				if err := os.Chmod(filepath.Join(folder, name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			script("pulumi", "echo "+c.version)
			if c.languageHost {
				script("pulumi-language-go", "")
			}
			// An earlier run, with a lower pinned version, found it good.
			if err := errors.Join(os.MkdirAll(b.local("bin"), 0o755), os.Symlink(filepath.Join(folder, "pulumi"), b.local("bin", "pulumi"))); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", folder)
			want := ""
			if c.used {
				want = filepath.Join(folder, "pulumi")
			}
			if got := b.installedPulumi(); got != want {
				t.Errorf("installed pulumi is %q, want %q", got, want)
			}
		})
	}
}

func TestWhatWasBuiltHereIsNotInstalled(t *testing.T) {
	b := &builder{root: t.TempDir()}
	write(t, b.local("bin", "pulumi"), "#!/bin/sh\n")
	if err := os.Chmod(b.local("bin", "pulumi"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", b.local("bin"))
	if got := b.lookPath("pulumi"); got != "" {
		t.Errorf("lookPath finds %s", got)
	}
}
