//go:build e2e

package e2e

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// services are the workloads that a change of common settings replaces.
var services = slices.Sorted(slices.Values([]string{names["clients"], names["orders"], names["products"]}))

func (s *scenario) rollingRestart(t *testing.T) {
	replaced := s.replaced(t, func() {
		s.underLoad(t, func() {
			s.run("kubectl rollout restart deployments --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/component=service && " +
				"kubectl rollout status deployments --timeout 5m --namespace " + s.outputs.Namespace + " --selector app.kubernetes.io/component=service")
		})
	})
	if !slices.Equal(replaced, services) {
		t.Errorf("the Pods of %v were replaced, want those of %v", replaced, services)
	}
}

// image matches the image of products in a preview, with its digest.
var image = regexp.MustCompile(`products@sha256:[0-9a-f]{64}`)

// codeChange changes the code of one app. The preview must show one change, the digest of its image.
func (s *scenario) codeChange(t *testing.T) {
	now := s.image(t, names["products"])
	s.edit("apps/products/main.go", "func main() {", "func main() {\n\tprintln(\"a change\")\n")
	changes := s.preview(t)
	path := "spec.template.spec.containers[0].image"
	if len(changes) != 1 || changes[0].name() != "Deployment "+names["products"] || !slices.Equal(changes[0].paths(), []string{path}) {
		t.Errorf("the preview changes %v, want only %s of Deployment products", changes, path)
	}
	diff := s.run("pulumi preview --diff --non-interactive")
	digests := image.FindAllString(diff, -1)
	slices.Sort(digests)
	if digests = slices.Compact(digests); len(digests) != 2 || !slices.Contains(digests, now) {
		t.Errorf("the diff does not show %s and its replacement, but %v:\n%s", now, digests, diff)
	}
	replaced := s.replaced(t, func() {
		s.underLoad(t, func() { s.run("pulumi up --yes --skip-preview") })
	})
	if !slices.Equal(replaced, []string{names["products"]}) {
		t.Errorf("the Pods of %v were replaced, want those of products", replaced)
	}
	if next := s.image(t, names["products"]); next == now || !slices.Contains(digests, next) {
		t.Errorf("products runs %s, want the new image of %v", next, digests)
	}
}

// configurationChange changes the log level.
func (s *scenario) configurationChange(t *testing.T) {
	s.run("pulumi config set logLevel warn")
	replaced := s.replaced(t, func() {
		s.underLoad(t, func() { s.run("pulumi up --yes --skip-preview") })
	})
	if !slices.Equal(replaced, services) {
		t.Errorf("the Pods of %v were replaced, want those of %v", replaced, services)
	}
}

// replaced runs change and returns the workloads whose Pods it replaced, sorted. It fails the test if a workload kept
// some of its Pods.
func (s *scenario) replaced(t *testing.T, change func()) []string {
	t.Helper()
	before := s.pods(s.outputs.Namespace)
	change()
	after := s.pods(s.outputs.Namespace)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(before)) {
		kept := 0
		for _, uid := range after[name] {
			if slices.Contains(before[name], uid) {
				kept++
			}
		}
		switch kept {
		case len(before[name]):
		case 0:
			names = append(names, name)
		default:
			t.Errorf("%d of the %d Pods of %s were kept", kept, len(before[name]), name)
		}
	}
	return names
}

// image returns the image that the Deployment runs, without the registry.
func (s *scenario) image(t *testing.T, app string) string {
	t.Helper()
	reference := s.run("kubectl get deployment " + app + " --namespace " + s.outputs.Namespace + " --output jsonpath={.spec.template.spec.containers[0].image}")
	return reference[strings.LastIndex(reference, "/")+1:]
}
