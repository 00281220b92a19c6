package host

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestMissingPackagesAreNamedAsTheDistributionNamesThem(t *testing.T) {
	folder := t.TempDir()
	fixture.Write(t, filepath.Join(folder, "15", "bin", "postgres"), "")
	missing := Missing([]Package{
		{Debian: "there-by-command", Command: "sh"},
		{Debian: "there-by-path", Paths: []string{filepath.Join(folder, "none"), filepath.Join(folder, "*", "bin", "postgres")}},
		{Debian: "no-command", Fedora: "no-command-in-fedora", Command: "no-such-command"},
		{Debian: "no-path", Fedora: "no-path-in-fedora", Paths: []string{filepath.Join(folder, "*", "bin", "mysqld")}},
		{Debian: "no-path", Fedora: "no-path-in-fedora", Command: "no-such-command-of-the-same-package"},
	})
	if got, want := apt.names(missing), []string{"no-command", "no-path"}; !slices.Equal(got, want) {
		t.Errorf("Debian lacks %q, want %q", got, want)
	}
	if got, want := dnf.names(missing), []string{"no-command-in-fedora", "no-path-in-fedora"}; !slices.Equal(got, want) {
		t.Errorf("Fedora lacks %q, want %q", got, want)
	}
}

func TestPackagesAreInstalledWithoutAQuestionAndWithoutWhatIsOnlyRecommended(t *testing.T) {
	names := []string{"nftables", "runc"}
	for command, want := range map[string][]string{
		"apt-get": {
			"DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update",
			"DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends nftables runc",
		},
		"dnf": {"dnf install --assumeyes --setopt=install_weak_deps=False nftables runc"},
	} {
		var got []string
		for _, words := range map[string]manager{apt.command: apt, dnf.command: dnf}[command].steps(names) {
			got = append(got, strings.Join(words, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s runs %q, want %q", command, got, want)
		}
	}
}

// clusterPackages returns the packages of this checkout's cluster.
func clusterPackages(t *testing.T) []Package {
	t.Helper()
	packages, err := Cluster(checkout.Checkout{Root: "../../../.."})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestEveryPackageHasANameInEachDistributionAndAWayToSeeIt(t *testing.T) {
	for _, p := range slices.Concat(clusterPackages(t), Tests, Lint, Browser, ClusterTests) {
		if p.Debian == "" || p.Fedora == "" || (p.Command == "") == (len(p.Paths) == 0) {
			t.Errorf("%+v: want both names, and a command or paths", p)
		}
	}
}

func TestWhatVerifiesDebiansPackagesComesWithWhatInstallsThem(t *testing.T) {
	for use, packages := range map[string][]Package{"images": Images, "tests": Tests} {
		for _, name := range []string{"mmdebstrap", "debian-archive-keyring", "gpg"} {
			if !slices.Contains(apt.names(packages), name) {
				t.Errorf("the packages of the %s lack %s", use, name)
			}
		}
	}
}

func TestOnlyTheEmbeddedClusterNeedsAContainerRuntime(t *testing.T) {
	for _, name := range []string{"runc", "nftables", "mount"} {
		if !slices.Contains(apt.names(clusterPackages(t)), name) {
			t.Errorf("the embedded cluster lacks %s", name)
		}
		if slices.Contains(apt.names(Images), name) {
			t.Errorf("%s is wanted without the embedded cluster", name)
		}
	}
}
