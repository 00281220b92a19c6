package main

import (
	"os"
	"os/exec"
	"slices"
)

// packageManager installs the packages of a distribution.
type packageManager struct {
	command string
	name    func(hostPackage) string
	steps   func(names []string) [][]string
}

var apt = packageManager{
	command: "apt-get",
	name:    func(p hostPackage) string { return p.debian },
	steps: func(names []string) [][]string {
		command := []string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"}
		return [][]string{
			slices.Concat(command, []string{"update"}),
			slices.Concat(command, []string{"install", "--yes", "--no-install-recommends"}, names),
		}
	},
}

var dnf = packageManager{
	command: "dnf",
	name:    func(p hostPackage) string { return p.fedora },
	steps: func(names []string) [][]string {
		return [][]string{slices.Concat([]string{"dnf", "install", "--assumeyes", "--setopt=install_weak_deps=False"}, names)}
	},
}

// thisPackageManager is this machine's, if it is one of the two. A Fedora that has mmdebstrap has apt-get as well, and a
// Debian may have dnf, so that the commands alone do not tell.
func thisPackageManager() (manager packageManager, found bool) {
	manager = apt
	if _, err := os.Stat("/etc/redhat-release"); err == nil { // Fedora has it, and whatever is made of it
		manager = dnf
	}
	_, err := exec.LookPath(manager.command)
	return manager, err == nil
}

// names are those of the packages in the manager's distribution, each once.
func (m packageManager) names(packages []hostPackage) []string {
	var names []string
	for _, p := range packages {
		if name := m.name(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
