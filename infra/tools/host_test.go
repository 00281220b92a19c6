package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissingPackagesAreNamedAsTheDistributionNamesThem(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "15", "bin", "postgres"), "")
	lacking := missing([]hostPackage{
		{debian: "there-by-command", command: "sh"},
		{debian: "there-by-path", paths: []string{filepath.Join(folder, "none"), filepath.Join(folder, "*", "bin", "postgres")}},
		{debian: "no-command", fedora: "no-command-in-fedora", command: "no-such-command"},
		{debian: "no-path", fedora: "no-path-in-fedora", paths: []string{filepath.Join(folder, "*", "bin", "mysqld")}},
		{debian: "no-path", fedora: "no-path-in-fedora", command: "no-such-command-of-the-same-package"},
	})
	if got, want := apt.names(lacking), []string{"no-command", "no-path"}; !slices.Equal(got, want) {
		t.Errorf("Debian lacks %q, want %q", got, want)
	}
	if got, want := dnf.names(lacking), []string{"no-command-in-fedora", "no-path-in-fedora"}; !slices.Equal(got, want) {
		t.Errorf("Fedora lacks %q, want %q", got, want)
	}
}

func TestPackagesAreInstalledWithoutAQuestionAndWithoutWhatIsOnlyRecommended(t *testing.T) {
	names := []string{"nftables", "ipset"}
	for manager, want := range map[string][]string{
		"apt-get": {
			"DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update",
			"DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends nftables ipset",
		},
		"dnf": {"dnf install --assumeyes --setopt=install_weak_deps=False nftables ipset"},
	} {
		var got []string
		for _, words := range map[string]packageManager{apt.command: apt, dnf.command: dnf}[manager].steps(names) {
			got = append(got, strings.Join(words, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s runs %q, want %q", manager, got, want)
		}
	}
}

// demoPackages are those of this checkout.
func demoPackages(t *testing.T, cluster bool) []hostPackage {
	t.Helper()
	packages, err := (&builder{root: top}).demoPackages(cluster)
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestEveryPackageHasANameInEachDistributionAndAWayToSeeIt(t *testing.T) {
	for _, p := range slices.Concat(demoPackages(t, true), testPackages, lintPackages, browserPackages) {
		if p.debian == "" || p.fedora == "" || (p.command == "") == (len(p.paths) == 0) {
			t.Errorf("%+v: want both names, and a command or paths", p)
		}
	}
}

func TestWhatVerifiesDebiansPackagesComesWithWhatInstallsThem(t *testing.T) {
	for use, packages := range map[string][]hostPackage{
		"demo": demoPackages(t, true), "stack with its own cluster": demoPackages(t, false), "tests": testPackages,
	} {
		for _, name := range []string{"mmdebstrap", "debian-archive-keyring", "gpg"} {
			if !slices.Contains(apt.names(packages), name) {
				t.Errorf("the packages of the %s lack %s", use, name)
			}
		}
	}
}

func TestOnlyTheEmbeddedClusterNeedsAContainerRuntime(t *testing.T) {
	for _, name := range []string{"containerd", "runc", "containernetworking-plugins", "nftables"} {
		if !slices.Contains(apt.names(demoPackages(t, true)), name) {
			t.Errorf("the embedded cluster lacks %s", name)
		}
		if slices.Contains(apt.names(demoPackages(t, false)), name) {
			t.Errorf("%s is wanted without the embedded cluster", name)
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
