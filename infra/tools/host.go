package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// hostPackage is a package of the host's distribution, and how to see that it, or something that serves as well, is there.
type hostPackage struct {
	debian  string   // its name in Debian and Ubuntu
	fedora  string   // its name in Fedora
	command string   // to be found in PATH, or
	paths   []string // patterns, one of which an existing file matches
}

// imagePackages assemble the images of PostgreSQL, of the toolbox and of the conformance tests.
var imagePackages = []hostPackage{
	{debian: "mmdebstrap", fedora: "mmdebstrap", command: "mmdebstrap"},
	// Debian has both from the start. Others have not, and mmdebstrap then cannot verify Debian's packages.
	{debian: "debian-archive-keyring", fedora: "debian-keyring", paths: []string{"/usr/share/keyrings/debian-archive-keyring.gpg"}},
	{debian: "gpg", fedora: "gnupg2", command: "gpg"},
}

// testPackages are what `make test` uses: the services are tested against a real PostgreSQL, and so is the image. Go's
// race detector is linked by a C compiler.
var testPackages = slices.Concat(imagePackages, []hostPackage{
	{debian: "postgresql", fedora: "postgresql-server", paths: []string{"/usr/lib/postgresql/*/bin/postgres", "/usr/bin/postgres"}},
	{debian: "gcc", fedora: "gcc", command: "gcc"},
	{debian: "libc6-dev", fedora: "glibc-devel", paths: []string{"/usr/include/stdlib.h"}},
})

// lintPackages are what `make lint` uses.
var lintPackages = []hostPackage{{debian: "shellcheck", fedora: "ShellCheck", command: "shellcheck"}}

// clusterTestPackages are what the tests of `make e2e-cluster` use beside the cluster.
var clusterTestPackages = []hostPackage{{debian: "skopeo", fedora: "skopeo", command: "skopeo"}}

// browserPackages are what the browser tests of `make e2e` use.
var browserPackages = []hostPackage{
	{debian: "nodejs", fedora: "nodejs", command: "node"},
	{debian: "npm", fedora: "nodejs-npm", command: "npm"},
	{debian: "chromium", fedora: "chromium", command: "chromium"},
}

// demoPackages are what the demo uses of the host: what makes the image of its databases, and what the embedded cluster
// runs with.
func (b *builder) demoPackages() ([]hostPackage, error) {
	packages, err := b.clusterPackages()
	return slices.Concat(imagePackages, packages), err
}

// clusterPackages are what the embedded cluster runs with, which is written where the cluster itself looks for it.
func (b *builder) clusterPackages() ([]hostPackage, error) {
	content, err := os.ReadFile(filepath.Join(b.root, "infra/cluster/internal/preflight/packages.json"))
	if err != nil {
		return nil, fmt.Errorf("packages of the embedded cluster: %w", err)
	}
	var list struct {
		PluginFolders []string
		Needs         []struct{ Command, Plugin, Debian, Fedora string }
	}
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("packages of the embedded cluster: %w", err)
	}
	var packages []hostPackage
	for _, need := range list.Needs {
		p := hostPackage{debian: need.Debian, fedora: need.Fedora, command: need.Command}
		if need.Plugin != "" {
			for _, folder := range list.PluginFolders {
				p.paths = append(p.paths, filepath.Join(folder, need.Plugin))
			}
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// missing are the packages that are not there.
func missing(packages []hostPackage) []hostPackage {
	return slices.DeleteFunc(slices.Clone(packages), hostPackage.present)
}

func (p hostPackage) present() bool {
	if p.command != "" {
		_, err := lookAdministratorPath(p.command)
		return err == nil
	}
	return slices.ContainsFunc(p.paths, func(pattern string) bool {
		matches, _ := filepath.Glob(pattern)
		return len(matches) > 0
	})
}

// lookAdministratorPath looks in the folders of system commands too, which some users' PATH leaves out.
func lookAdministratorPath(command string) (string, error) {
	for _, folder := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(folder, command)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(command)
}

// installPackages installs the packages that are missing. Where it cannot, its error names them.
func (b *builder) installPackages(ctx context.Context, packages []hostPackage) error {
	lacking := missing(packages)
	if len(lacking) == 0 {
		return nil
	}
	manager, err := installer(lacking)
	if err != nil {
		return fmt.Errorf("%w, then run the command again", err)
	}
	names := manager.names(lacking)
	task := b.report.begin(manager.command, b.local("log", manager.command+".log"))
	b.report.say("%s: installing %s, which this machine lacks", manager.command, strings.Join(names, ", "))
	for _, words := range manager.steps(names) {
		if err := task.run(ctx, b.root, task.show, words...); err != nil {
			return task.end(err)
		}
	}
	return task.end(nil)
}

// installer returns the package manager that can install these packages, or an error that says who can: a person, where
// the distribution is unknown, and root.
func installer(lacking []hostPackage) (packageManager, error) {
	manager, found := thisPackageManager()
	names := strings.Join(manager.names(lacking), " ")
	switch {
	case !found:
		return manager, fmt.Errorf("this machine lacks %s (names of Debian's packages): install them", strings.ReplaceAll(names, " ", ", "))
	case os.Geteuid() != 0:
		return manager, fmt.Errorf("this machine lacks %[2]s: run `sudo %[1]s install %[2]s`", manager.command, names)
	}
	return manager, nil
}
