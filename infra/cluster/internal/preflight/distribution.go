package preflight

import (
	"fmt"
	"os"
	"strings"
)

// distribution is a family of Linux distributions that name packages alike: "debian", "fedora", or "" for all others.
type distribution string

const (
	debian distribution = "debian"
	fedora distribution = "fedora"
)

func thisDistribution() distribution {
	content, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	return distributionOf(string(content))
}

// distributionOf reads os-release(5): what a distribution is, and what it is like.
func distributionOf(release string) distribution {
	values := map[string]string{}
	for line := range strings.Lines(release) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = strings.Trim(value, `"'`)
	}
	for _, id := range strings.Fields(values["ID"] + " " + values["ID_LIKE"]) {
		switch id {
		case "debian", "ubuntu":
			return debian
		case "fedora", "rhel", "centos":
			return fedora
		}
	}
	return ""
}

// install says how a package is installed whose names are given.
func (d distribution) install(inDebian, inFedora string) string {
	switch d {
	case debian:
		return fmt.Sprintf("run `make tools` or `apt-get install %s`", inDebian)
	case fedora:
		return fmt.Sprintf("run `make tools` or `dnf install %s`", inFedora)
	}
	if inDebian == inFedora {
		return fmt.Sprintf("install the package %s (the name that Debian, Ubuntu and Fedora give it)", inDebian)
	}
	return fmt.Sprintf("install the package %s (Debian, Ubuntu) or %s (Fedora)", inDebian, inFedora)
}
