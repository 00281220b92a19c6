package hostcheck

import "testing"

func TestDistributionIsReadFromIDAndIDLike(t *testing.T) {
	for name, c := range map[string]struct {
		release string
		want    distribution
	}{
		"Debian":     {"PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\n", debian},
		"Ubuntu":     {"ID=ubuntu\nID_LIKE=debian\n", debian},
		"Linux Mint": {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", debian},
		"Fedora":     {"NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\n", fedora},
		"Rocky":      {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", fedora},
		"quoted":     {"ID='fedora'\n", fedora},
		"Arch":       {"ID=arch\n", ""},
		"openSUSE":   {"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", ""},
		"nothing":    {"", ""},
		"a name only": {
			"NAME=\"not debian\"\nVARIANT_ID=fedora\n", "",
		},
	} {
		if got := distributionOf(c.release); got != c.want {
			t.Errorf("%s is %q, want %q", name, got, c.want)
		}
	}
}

func TestMissingProgramIsReportedWithItsPackage(t *testing.T) {
	n := need{Command: "no-such-nft", Debian: "nftables", Fedora: "nftables-tools"}
	for family, remedy := range map[distribution]string{
		debian: "run `make tools` or `apt-get install nftables`",
		fedora: "run `make tools` or `dnf install nftables-tools`",
		"":     "install the package nftables (Debian, Ubuntu) or nftables-tools (Fedora)",
	} {
		want := Finding{"no-such-nft", Failed, "no-such-nft is missing on this machine", remedy}
		if got := n.check(true, family); got != want {
			t.Errorf("on %q: %+v, want %+v", family, got, want)
		}
	}
	if got, want := distribution("").install("runc", "runc"), "install the package runc (its name in Debian, Ubuntu and Fedora)"; got != want {
		t.Errorf("with one name everywhere: %q, want %q", got, want)
	}
}

func TestEveryNeedHasAPackageInEachFamily(t *testing.T) {
	for _, n := range packages.Needs {
		if n.Command == "" || n.Debian == "" || n.Fedora == "" {
			t.Errorf("%+v: want a command, and its packages in Debian and Fedora", n)
		}
	}
}
