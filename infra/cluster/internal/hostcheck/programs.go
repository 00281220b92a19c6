package hostcheck

import (
	_ "embed" // packages.json
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"sync"

	"k8s.io/apimachinery/pkg/util/version"

	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

// packages.json lists the programs of the host that the cluster uses. infra/tools reads the same file to install them.
//
//go:embed packages.json
var packagesJSON []byte

type need struct {
	Command string // in PATH
	Minimum string // minimum version, or ""
	Without string // what the cluster lacks without it, or "" if the cluster cannot run
	Debian  string // name of the package in Debian
	Fedora  string // name of the package in Fedora
}

var packages = func() (p struct {
	Needs []need
},
) {
	if err := json.Unmarshal(packagesJSON, &p); err != nil {
		panic(fmt.Sprintf("parse the embedded packages.json: %v", err))
	}
	return p
}()

// DebianPackages returns the packages of Debian that the cluster needs.
func DebianPackages() []string {
	var names []string
	for _, n := range packages.Needs {
		names = append(names, n.Debian)
	}
	return names
}

func (n need) find() (path string, err error) {
	if n.Command == "busybox" {
		return registry.FindBusybox()
	}
	return exec.LookPath(n.Command)
}

func programs(m Machine) []Finding {
	if m.Unbuilt {
		return nil
	}
	findings := make([]Finding, len(packages.Needs))
	family := thisDistribution()
	var all sync.WaitGroup
	for i, n := range packages.Needs {
		all.Go(func() { findings[i] = n.check(m.Versions, family) })
	}
	all.Wait()
	return findings
}

func (n need) check(withVersion bool, family distribution) Finding {
	check := n.Command
	path, err := n.find()
	if err != nil && n.Without != "" {
		return Finding{check, Warning, fmt.Sprintf("%v: %s", err, n.Without), family.install(n.Debian, n.Fedora)}
	}
	if err != nil {
		return Finding{check, Failed, check + " is missing on this machine", family.install(n.Debian, n.Fedora)}
	}
	if !withVersion || n.Without != "" { // busybox does not print its version
		return Finding{Check: check, Result: OK, Found: path}
	}
	found, err := versionOf(path)
	if err != nil {
		return Finding{
			check, Warning, fmt.Sprintf("cannot read the version of %s: %v", path, err),
			"reinstall it: " + family.install(n.Debian, n.Fedora),
		}
	}
	if n.Minimum != "" && found.LessThan(version.MustParseGeneric(n.Minimum)) {
		return Finding{
			check, Failed, fmt.Sprintf("%s is version %s, and the cluster needs %s or later", path, found, n.Minimum),
			"use a later release of your distribution",
		}
	}
	return Finding{Check: check, Result: OK, Found: fmt.Sprintf("%s, version %s", path, found)}
}

var versionPattern = regexp.MustCompile(`\d+(\.\d+)+`)

// versionOf runs a program with --version or -v. Each program accepts at least one of them and prints its own version
// first.
func versionOf(path string) (*version.Version, error) {
	out, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		out, err = exec.Command(path, "-v").CombinedOutput()
	}
	if err != nil {
		return nil, err
	}
	return parseVersion(string(out))
}

func parseVersion(output string) (*version.Version, error) {
	return version.ParseGeneric(versionPattern.FindString(output))
}
