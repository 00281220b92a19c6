package build

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
	"example.com/kubernetes-networking/infra/tools/internal/host"
)

// TestOwnClusterNeedsNothingInstalled: a machine that cannot build the PostgreSQL image uses the official one.
func TestOwnClusterNeedsNothingInstalled(t *testing.T) {
	report, reported := fixture.Report(t)
	b := New(checkout.Checkout{Root: t.TempDir()}, report)
	if packages, images := b.databaseImage("darwin"); len(packages) != 0 || len(images) != 0 {
		t.Errorf("macOS installs %v and builds %v, want nothing", packages, images)
	}
	if got := reported(); got != "" {
		t.Errorf("on macOS the tools report %q, want nothing: the Pulumi program reports it", got)
	}
	if len(host.Missing(host.Images)) == 0 {
		if packages, images := b.databaseImage("linux"); len(packages) != len(host.Images) || len(images) != 1 {
			t.Errorf("Linux with mmdebstrap builds %v, want the image", images)
		}
	}
	t.Setenv("PATH", t.TempDir()) // neither mmdebstrap nor a package manager
	if len(host.Missing([]host.Package{{Command: "mmdebstrap"}})) == 0 {
		t.Skip("mmdebstrap is in a folder of system commands, whatever PATH is")
	}
	if packages, images := b.databaseImage("linux"); len(packages) != 0 || len(images) != 0 {
		t.Errorf("Linux without mmdebstrap installs %v and builds %v, want nothing", packages, images)
	}
	if got := reported(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "databaseImage") || !strings.Contains(got, "mmdebstrap") {
		t.Errorf("reported %q, want one line with databaseImage and the package", got)
	}
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
			b := &Builder{Checkout: checkout.Checkout{Root: t.TempDir()}}
			fixture.Program(t, filepath.Join(folder, "pulumi"), "#!/bin/sh\necho "+c.version+"\n")
			if c.languageHost {
				fixture.Program(t, filepath.Join(folder, "pulumi-language-go"), "#!/bin/sh\n")
			}
			// An earlier run, with a lower pinned version, has accepted it.
			if err := errors.Join(os.MkdirAll(b.Local("bin"), 0o755), os.Symlink(filepath.Join(folder, "pulumi"), b.Local("bin", "pulumi"))); err != nil {
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
	b := &Builder{Checkout: checkout.Checkout{Root: t.TempDir()}}
	fixture.Program(t, b.Local("bin", "pulumi"), "#!/bin/sh\n")
	t.Setenv("PATH", b.Local("bin"))
	if got := b.lookPath("pulumi"); got != "" {
		t.Errorf("lookPath finds %s", got)
	}
}

func TestTheDemoInstallsWhatBuildsItsImage(t *testing.T) {
	packages, images, err := New(checkout.Checkout{Root: top}, nil).demoImage(true)
	if err != nil || len(images) != 1 {
		t.Fatalf("images %v, %v, want one", images, err)
	}
	for _, p := range host.Images {
		if !slices.ContainsFunc(packages, func(other host.Package) bool { return other.Debian == p.Debian }) {
			t.Errorf("the packages of the demo lack %s", p.Debian)
		}
	}
}
