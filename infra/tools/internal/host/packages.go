// Package host finds and installs the packages of the host's distribution that the project uses: Debian's and Ubuntu's
// with apt-get, Fedora's with dnf. Start with Install.
package host

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// Package is a package of the distribution. It counts as installed if PATH holds its command or one of its paths
// exists.
type Package struct {
	Debian  string // name in Debian and Ubuntu
	Fedora  string // name in Fedora
	Command string
	Paths   []string // glob patterns
}

// Images lists the packages that assemble the images of PostgreSQL, the toolbox and the conformance tests.
var Images = []Package{
	{Debian: "mmdebstrap", Fedora: "mmdebstrap", Command: "mmdebstrap"},
	// Other distributions lack these two, which mmdebstrap verifies Debian's packages with.
	{Debian: "debian-archive-keyring", Fedora: "debian-keyring", Paths: []string{"/usr/share/keyrings/debian-archive-keyring.gpg"}},
	{Debian: "gpg", Fedora: "gnupg2", Command: "gpg"},
}

// Tests lists the packages that `make test` uses: the services and the image are tested with a real PostgreSQL, and a C
// compiler links Go's race detector.
var Tests = slices.Concat(Images, []Package{
	{Debian: "postgresql", Fedora: "postgresql-server", Paths: []string{"/usr/lib/postgresql/*/bin/postgres", "/usr/bin/postgres"}},
	{Debian: "gcc", Fedora: "gcc", Command: "gcc"},
	{Debian: "libc6-dev", Fedora: "glibc-devel", Paths: []string{"/usr/include/stdlib.h"}},
})

// Lint lists the packages that `make lint` uses.
var Lint = []Package{{Debian: "shellcheck", Fedora: "ShellCheck", Command: "shellcheck"}}

// ClusterTests lists the packages that `make e2e-cluster` uses in addition to those of the cluster.
var ClusterTests = []Package{{Debian: "skopeo", Fedora: "skopeo", Command: "skopeo"}}

// Browser lists the packages that the browser tests of `make e2e` use.
var Browser = []Package{
	{Debian: "nodejs", Fedora: "nodejs", Command: "node"},
	{Debian: "npm", Fedora: "nodejs-npm", Command: "npm"},
	{Debian: "chromium", Fedora: "chromium", Command: "chromium"},
}

// Cluster returns the packages that the embedded cluster runs with. The cluster itself declares them.
func Cluster(c checkout.Checkout) ([]Package, error) {
	content, err := os.ReadFile(filepath.Join(c.Root, "infra/cluster/internal/hostcheck/packages.json"))
	if err != nil {
		return nil, fmt.Errorf("packages of the embedded cluster: %w", err)
	}
	var list struct {
		Needs []struct{ Command, Debian, Fedora string }
	}
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("packages of the embedded cluster: %w", err)
	}
	var packages []Package
	for _, need := range list.Needs {
		packages = append(packages, Package{Debian: need.Debian, Fedora: need.Fedora, Command: need.Command})
	}
	return packages, nil
}

// Missing returns the packages that are not installed.
func Missing(packages []Package) []Package {
	return slices.DeleteFunc(slices.Clone(packages), Package.installed)
}

func (p Package) installed() bool {
	if p.Command != "" {
		return hasCommand(p.Command)
	}
	return slices.ContainsFunc(p.Paths, func(pattern string) bool {
		matches, _ := filepath.Glob(pattern)
		return len(matches) > 0
	})
}

// hasCommand also looks in the folders of system commands, which the PATH of some users lacks.
func hasCommand(command string) bool {
	for _, path := range []string{"/usr/sbin/" + command, "/sbin/" + command, command} {
		if _, err := exec.LookPath(path); err == nil {
			return true
		}
	}
	return false
}

// Install installs the packages that are missing. If it cannot, its error names them and the command that installs
// them.
func Install(ctx context.Context, c checkout.Checkout, report *progress.Report, packages []Package) error {
	missing := Missing(packages)
	if len(missing) == 0 {
		return nil
	}
	manager, err := installer(missing)
	if err != nil {
		return fmt.Errorf("%w, then run the command again", err)
	}
	names := manager.names(missing)
	task := report.Begin(manager.command, c.Local("log", manager.command+".log"))
	report.Printf("%s: installing %s, which this machine lacks", manager.command, strings.Join(names, ", "))
	for _, words := range manager.steps(names) {
		if err := task.Run(ctx, c.Root, task.Show, words...); err != nil {
			return task.End(err)
		}
	}
	return task.End(nil)
}
