package host

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// manager is the package manager of a distribution.
type manager struct {
	command string
	name    func(Package) string
	steps   func(names []string) [][]string // the commands that install packages
}

var apt = manager{
	command: "apt-get",
	name:    func(p Package) string { return p.Debian },
	steps: func(names []string) [][]string {
		command := []string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"}
		return [][]string{
			slices.Concat(command, []string{"update"}),
			slices.Concat(command, []string{"install", "--yes", "--no-install-recommends"}, names),
		}
	},
}

var dnf = manager{
	command: "dnf",
	name:    func(p Package) string { return p.Fedora },
	steps: func(names []string) [][]string {
		return [][]string{slices.Concat([]string{"dnf", "install", "--assumeyes", "--setopt=install_weak_deps=False"}, names)}
	},
}

// thisManager returns the package manager of this machine. The commands alone do not identify it: a Fedora with
// mmdebstrap also has apt-get, and a Debian may have dnf.
func thisManager() (m manager, found bool) {
	m = apt
	if _, err := os.Stat("/etc/redhat-release"); err == nil { // Fedora and its derivatives
		m = dnf
	}
	_, err := exec.LookPath(m.command)
	return m, err == nil
}

// names returns the names of the packages in the distribution, without duplicates.
func (m manager) names(packages []Package) []string {
	var names []string
	for _, p := range packages {
		if name := m.name(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// installer returns the package manager that can install these packages. It returns an error if the distribution is
// unknown or this process is not root.
func installer(missing []Package) (manager, error) {
	m, found := thisManager()
	names := m.names(missing)
	switch {
	case !found:
		return m, fmt.Errorf("this machine lacks %s (names of Debian's packages): install them", strings.Join(names, ", "))
	case os.Geteuid() != 0:
		return m, fmt.Errorf("this machine lacks %[2]s: run `sudo %[1]s install %[2]s`", m.command, strings.Join(names, " "))
	}
	return m, nil
}

// CheckInstallable returns an error if some of the packages are missing and cannot be installed.
func CheckInstallable(packages []Package) error {
	missing := Missing(packages)
	if len(missing) == 0 {
		return nil
	}
	_, err := installer(missing)
	return err
}
