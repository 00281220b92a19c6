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
func demoPackages(t *testing.T) []hostPackage {
	t.Helper()
	packages, err := (&builder{root: top}).demoPackages()
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestEveryPackageHasANameInEachDistributionAndAWayToSeeIt(t *testing.T) {
	for _, p := range slices.Concat(demoPackages(t), testPackages, lintPackages, browserPackages) {
		if p.debian == "" || p.fedora == "" || (p.command == "") == (len(p.paths) == 0) {
			t.Errorf("%+v: want both names, and a command or paths", p)
		}
	}
}

func TestWhatVerifiesDebiansPackagesComesWithWhatInstallsThem(t *testing.T) {
	for use, packages := range map[string][]hostPackage{
		"demo": demoPackages(t), "stack with its own cluster": imagePackages, "tests": testPackages,
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
		if !slices.Contains(apt.names(demoPackages(t)), name) {
			t.Errorf("the embedded cluster lacks %s", name)
		}
		if slices.Contains(apt.names(imagePackages), name) {
			t.Errorf("%s is wanted without the embedded cluster", name)
		}
	}
}

// TestOwnClusterNeedsNothingInstalled: where the PostgreSQL image cannot be made, the official one is pulled.
func TestOwnClusterNeedsNothingInstalled(t *testing.T) {
	report := quietReport(t)
	b := &builder{root: t.TempDir(), report: report}
	if packages, images := b.databaseImage("darwin"); len(packages) != 0 || len(images) != 0 {
		t.Errorf("macOS installs %v and builds %v, want nothing", packages, images)
	}
	if said := reported(t, report); said != "" {
		t.Errorf("on macOS, where the program reports it, this is reported too: %s", said)
	}
	if len(missing(imagePackages)) == 0 {
		if packages, images := b.databaseImage("linux"); len(packages) != len(imagePackages) || len(images) != 1 {
			t.Errorf("Linux with mmdebstrap builds %v, want the image", images)
		}
	}
	t.Setenv("PATH", t.TempDir()) // neither mmdebstrap nor a package manager
	if _, err := lookAdministratorPath("mmdebstrap"); err == nil {
		t.Skip("mmdebstrap is in a folder that PATH does not decide on")
	}
	if packages, images := b.databaseImage("linux"); len(packages) != 0 || len(images) != 0 {
		t.Errorf("Linux without mmdebstrap installs %v and builds %v, want nothing", packages, images)
	}
	if said := reported(t, report); strings.Count(said, "\n") != 1 || !strings.Contains(said, "databaseImage") || !strings.Contains(said, "mmdebstrap") {
		t.Errorf("this is reported: %q, want one line with databaseImage and the package", said)
	}
}

// reported is what the report has printed.
func reported(t *testing.T, report *report) string {
	t.Helper()
	content, err := os.ReadFile(report.out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestOnlyLinuxBuildsTheEmbeddedCluster(t *testing.T) {
	for _, system := range []string{"darwin", "windows"} {
		if err := buildable(binaries(true), system); err == nil || !strings.Contains(err.Error(), system) || !strings.Contains(err.Error(), "make tools STACK=") {
			t.Errorf("on %s the error is %v, want one with the system and the command for another cluster", system, err)
		}
		if err := buildable(binaries(false), system); err != nil {
			t.Errorf("on %s the tools for another cluster give %v", system, err)
		}
	}
	if err := buildable(binaries(true), "linux"); err != nil {
		t.Errorf("on Linux: %v", err)
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
