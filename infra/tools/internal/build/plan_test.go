package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/semver"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

const top = "../../../.."

func TestPlanNamesWhatIsInTheCheckout(t *testing.T) {
	names := map[string]bool{}
	for _, target := range slices.Concat(binaries(true), linters, conformanceBinaries, []binary{postgresImage, conformanceRunner, doctor}) {
		if names[target.name] {
			t.Errorf("two binaries are named %s", target.name)
		}
		names[target.name] = true
		for _, path := range append([]string{filepath.Join(target.folder, "go.mod"), filepath.Join(target.folder, "go.sum")}, target.sources...) {
			if _, err := os.Stat(filepath.Join(top, path)); err != nil {
				t.Errorf("%s: %v", target.name, err)
			}
		}
	}
}

func TestPlanWithoutTheClusterHasNoKubernetes(t *testing.T) {
	for _, target := range binaries(false) {
		if target.folder == "infra/cluster" {
			t.Errorf("%s would be built for a stack that has a cluster of its own", target.name)
		}
	}
}

func TestVersionsAreThoseOfTheModules(t *testing.T) {
	for _, c := range []struct{ folder, module, version string }{
		{"infra/cluster", "k8s.io/kubernetes", kubernetesVersion},
		{"infra/cluster", "k8s.io/client-go", "v0." + strings.TrimPrefix(kubernetesVersion, "v1.")},
		{"infra/cluster", "go.etcd.io/etcd/server/v3", etcdVersion},
		{"infra/cluster", "github.com/coredns/coredns", coreDNSVersion},
		{"infra/cluster", "github.com/containerd/containerd/v2", containerdVersion},
		{"infra/cluster", "github.com/containernetworking/plugins", cniVersion},
		{conformance, "k8s.io/kubernetes", kubernetesVersion},
		{"infra/tools/pulumi", "github.com/pulumi/pulumi/pkg/v3", pulumiVersion},
		{"infra", "github.com/pulumi/pulumi/sdk/v3", pulumiVersion},
		{"infra", "github.com/pulumi/pulumi-kubernetes/sdk/v4", "v" + provider.Version},
	} {
		if got := requirements(t, c.folder)[c.module]; got != c.version {
			t.Errorf("%s requires %s %s, versions.go holds %s", c.folder, c.module, got, c.version)
		}
	}
}

// TestModulesShareTheirDependencies: a package that two modules require in different versions, or with different
// versions of a dependency, is compiled twice. The packages of Kubernetes and Pulumi cost a first build minutes.
func TestModulesShareTheirDependencies(t *testing.T) {
	cluster := requirements(t, "infra/cluster")
	for _, folder := range []string{"apps", "images", "infra", conformance, "infra/tools", "infra/tools/pulumi"} {
		shared := 0
		for module, version := range requirements(t, folder) {
			if first, found := cluster[module]; found {
				shared++
				if semver.Compare(version, first) < 0 {
					t.Errorf("%s requires %s %s, and infra/cluster a later one: run `go -C %[1]s get %[2]s@%[4]s`", folder, module, version, first)
				}
			}
		}
		if shared == 0 {
			t.Errorf("%s and infra/cluster share no module", folder)
		}
	}
	program := requirements(t, "infra")
	for module, version := range requirements(t, "infra/tools/pulumi") {
		if other, found := program[module]; found && strings.HasPrefix(module, "github.com/pulumi/") && version != other {
			t.Errorf("infra/tools/pulumi requires %s %s, and infra %s", module, version, other)
		}
	}
}

// requirements returns the versions in a go.mod file by module.
func requirements(t *testing.T, folder string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, folder, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	required := map[string]string{}
	for line := range strings.Lines(string(content)) {
		words := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(words) >= 2 && strings.HasPrefix(words[1], "v") {
			required[words[0]] = words[1]
		}
	}
	return required
}

func TestTheImagesOfAllAppsAreBuiltAhead(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.Dir}}{{end}}`, "./...")
	list.Dir = filepath.Join(top, "apps")
	list.Env = append(os.Environ(), "GOWORK=off")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for _, folder := range strings.Fields(string(out)) {
		if name := filepath.Base(folder); name != "bench" { // runs on the host
			programs = append(programs, name)
		}
	}
	built := slices.Sorted(slices.Values(appImages.use[1:]))
	if slices.Sort(programs); !slices.Equal(built, programs) {
		t.Errorf("app-images builds %q, and the programs of the apps are %q", built, programs)
	}
}
