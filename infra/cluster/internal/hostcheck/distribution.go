package hostcheck

import (
	"fmt"
	"os"
	"strings"
)

// distribution is a family of Linux distributions with the same package names: "debian", "fedora", or "" for any other.
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

// distributionOf parses os-release(5). A derived distribution names its family in ID_LIKE.
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

// install returns an instruction to install a package, given its names in Debian and Fedora.
func (d distribution) install(inDebian, inFedora string) string {
	switch d {
	case debian:
		return fmt.Sprintf("run `make tools` or `apt-get install %s`", inDebian)
	case fedora:
		return fmt.Sprintf("run `make tools` or `dnf install %s`", inFedora)
	}
	if inDebian == inFedora {
		return fmt.Sprintf("install the package %s (its name in Debian, Ubuntu and Fedora)", inDebian)
	}
	return fmt.Sprintf("install the package %s (Debian, Ubuntu) or %s (Fedora)", inDebian, inFedora)
}
