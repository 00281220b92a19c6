package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// browserCheckout returns a builder for a checkout with browser tests. The npm in PATH runs this script, and appends
// each call to the file .local/calls.
func browserCheckout(t *testing.T, npm string) *Builder {
	t.Helper()
	b, _ := newBuilder(t)
	for _, name := range npmFiles {
		fixture.Write(t, filepath.Join(b.Root, browserTests, name), name)
	}
	programs := t.TempDir()
	fixture.Program(t, filepath.Join(programs, "npm"), "#!/bin/sh\necho \"$@ in ${PWD##*/}\" >> ../calls\n"+npm+"\n")
	t.Setenv("PATH", programs+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return b
}

const installs = "mkdir -p node_modules && cat package-lock.json > node_modules/.package-lock.json"

func TestNpmPackagesAreInstalledOnceForEachLockFile(t *testing.T) {
	b := browserCheckout(t, installs)
	for _, lock := range []string{"one", "one", "two"} {
		fixture.Write(t, filepath.Join(b.Root, browserTests, "package-lock.json"), lock)
		if err := errors.Join(b.installNpmPackages(t.Context()), b.linkNpmPackages()); err != nil {
			t.Fatal(err)
		}
		found, err := os.ReadFile(filepath.Join(b.Root, browserTests, "node_modules", ".package-lock.json"))
		if err != nil || string(found) != lock {
			t.Errorf("beside the tests are the packages of %q, %v, want those of %q", found, err, lock)
		}
	}
	if calls, err := os.ReadFile(b.Local("calls")); err != nil || string(calls) != "ci in browser\nci in browser\n" {
		t.Errorf("npm was called as %q, %v, want ci twice", calls, err)
	}
}

func TestAFailedInstallationIsReportedAndRepeated(t *testing.T) {
	b := browserCheckout(t, "if [ -e ../good ]; then "+installs+"; else echo 'npm ERR! Unsupported engine'; mkdir node_modules; exit 1; fi")
	if err := b.installNpmPackages(t.Context()); err == nil || !strings.Contains(err.Error(), "Unsupported engine") || !strings.Contains(err.Error(), "npm.log") {
		t.Errorf("got %v, want the error of npm and the log's name", err)
	}
	fixture.Write(t, b.Local("good"), "")
	if err := b.installNpmPackages(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b.Local("browser", "node_modules", ".package-lock.json")); err != nil {
		t.Errorf("the packages are not there: %v", err)
	}
}

func TestBrowserTestsPinEachPackageAndNameNoRegistry(t *testing.T) {
	parse := func(name string, into any) string {
		content, err := os.ReadFile(filepath.Join(top, browserTests, name))
		if err == nil {
			err = json.Unmarshal(content, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(content)
	}
	var wanted struct{ DevDependencies map[string]string }
	parse("package.json", &wanted)
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if text := parse("package-lock.json", &lock); strings.Contains(text, "://") {
		t.Error("package-lock.json holds addresses: run npm with the .npmrc that is beside it")
	}
	exact := regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
	for name, version := range wanted.DevDependencies {
		if locked := lock.Packages["node_modules/"+name].Version; !exact.MatchString(version) || locked != version {
			t.Errorf("%s is wanted as %q and locked as %q, want one exact version", name, version, locked)
		}
	}
	for path, locked := range lock.Packages {
		if path != "" && locked.Integrity == "" {
			t.Errorf("%s has no checksum in package-lock.json", path)
		}
	}
	if len(wanted.DevDependencies) == 0 || len(lock.Packages) <= len(wanted.DevDependencies) {
		t.Errorf("%d packages are wanted and %d locked, want some", len(wanted.DevDependencies), len(lock.Packages))
	}
}
