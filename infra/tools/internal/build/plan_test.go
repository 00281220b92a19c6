package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

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

func TestStampedVersionsAreThoseOfTheModules(t *testing.T) {
	for _, c := range []struct{ folder, module, version string }{
		{"infra/cluster", "k8s.io/kubernetes", kubernetesVersion},
		{conformance, "k8s.io/kubernetes", kubernetesVersion},
		{"infra/tools/pulumi", "github.com/pulumi/pulumi/pkg/v3", pulumiVersion},
		{"infra", "github.com/pulumi/pulumi/sdk/v3", pulumiVersion},
		{"infra", "github.com/pulumi/pulumi-kubernetes/sdk/v4", "v" + provider.Version},
	} {
		if got := requirements(t, c.folder)[c.module]; got != c.version {
			t.Errorf("%s requires %s %s, the plan holds %s", c.folder, c.module, got, c.version)
		}
	}
}

// A module that two others require in different versions is compiled twice. For the large ones of the pattern, a
// difference costs a first build minutes, but not correctness.
func TestModulesShareTheirLargeDependencies(t *testing.T) {
	shared := regexp.MustCompile(`^(k8s\.io/(api|apimachinery|client-go|component-base|kube-openapi)|google\.golang\.org/(grpc|protobuf)|` +
		`golang\.org/x/(crypto|net|sys|text)|github\.com/pulumi/.*|sigs\.k8s\.io/structured-merge-diff/v6|go\.opentelemetry\.io/otel)$`)
	first := map[string][2]string{}
	for _, folder := range []string{"infra/cluster", conformance, "infra/tools/pulumi", "infra", "infra/tools/lint/manifests"} {
		for module, version := range requirements(t, folder) {
			other, found := first[module]
			switch {
			case !shared.MatchString(module):
			case !found:
				first[module] = [2]string{folder, version}
			case other[1] != version:
				t.Errorf("%s: %s requires %s, but %s requires %s", module, other[0], other[1], folder, version)
			}
		}
	}
	if len(first) < 10 {
		t.Errorf("only %d shared modules found: the pattern does not fit the go.mod files any more", len(first))
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
