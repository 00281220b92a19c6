package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// hostPackage is a Debian package, and how to see that it, or something that serves as well, is there.
type hostPackage struct {
	name    string
	command string // to be found in PATH, or
	path    string // a pattern that an existing file matches
}

// hostPackages are what the demo uses of the host: the container runtime and what programs the packet filter for the
// embedded cluster, and what assembles the PostgreSQL image.
func hostPackages(cluster bool) []hostPackage {
	list := []hostPackage{
		{name: "mmdebstrap", command: "mmdebstrap"},
		// Debian has both from the start. Ubuntu has not, and mmdebstrap then cannot verify Debian's packages.
		{name: "debian-archive-keyring", path: "/usr/share/keyrings/debian-archive-keyring.gpg"},
		{name: "gpg", command: "gpg"},
	}
	if cluster {
		list = append(list,
			hostPackage{name: "containerd", command: "containerd"},
			hostPackage{name: "runc", command: "runc"},
			hostPackage{name: "containernetworking-plugins", path: "/usr/lib/cni/bridge"},
			hostPackage{name: "iptables", command: "iptables"},
			hostPackage{name: "nftables", command: "nft"},
			hostPackage{name: "ipset", command: "ipset"},
			hostPackage{name: "conntrack", command: "conntrack"},
			// For the toolbox image. Where busybox is there, linked to libraries, it stays: the two exclude each other.
			hostPackage{name: "busybox-static", command: "busybox"},
		)
	}
	return list
}

// testPackages are what `make test` uses: the services are tested against a real PostgreSQL, and so is the image. Go's
// race detector is linked by a C compiler.
var testPackages = append(hostPackages(false),
	hostPackage{name: "postgresql", path: "/usr/lib/postgresql/*/bin/postgres"},
	hostPackage{name: "gcc", command: "gcc"},
	hostPackage{name: "libc6-dev", path: "/usr/include/stdlib.h"},
)

// lintPackages are what `make lint` uses.
var lintPackages = []hostPackage{{name: "shellcheck", command: "shellcheck"}}

// browserPackages are what the browser tests of `make e2e` use.
var browserPackages = []hostPackage{
	{name: "nodejs", command: "node"},
	{name: "npm", command: "npm"},
	{name: "chromium", command: "chromium"},
}

// missing are the names of the packages that are not there.
func missing(packages []hostPackage) []string {
	var names []string
	for _, p := range packages {
		if !p.present() {
			names = append(names, p.name)
		}
	}
	return names
}

func (p hostPackage) present() bool {
	if p.command != "" {
		_, err := lookAdministratorPath(p.command)
		return err == nil
	}
	matches, _ := filepath.Glob(p.path)
	return len(matches) > 0
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

// installPackages installs the packages that are missing. Where it cannot, because this is no Debian or the user is not
// root, its error names them.
func (b *builder) installPackages(ctx context.Context, packages []hostPackage) error {
	names := missing(packages)
	if len(names) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("this machine lacks %s (names of Debian's packages): install them and run the command again", strings.Join(names, ", "))
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("this machine lacks %[1]s: run `sudo apt-get install %[1]s`, then the command again", strings.Join(names, " "))
	}
	task := b.report.begin("apt", b.local("log", "apt.log"))
	b.report.say("apt: installing %s, which this machine lacks", strings.Join(names, ", "))
	apt := func(args ...string) error {
		command := []string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"}
		return task.run(ctx, b.root, task.show, append(command, args...)...)
	}
	err := apt("update")
	if err == nil {
		err = apt(append([]string{"install", "--yes", "--no-install-recommends"}, names...)...)
	}
	return task.end(err)
}
