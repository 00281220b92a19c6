//go:build e2e

package e2e

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// services are the workloads that are rolled together when what all services share has changed.
var services = slices.Sorted(slices.Values([]string{names["clients"], names["orders"], names["products"]}))

func (s *story) rollingRestart(t *testing.T) {
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

// image matches the reference of an app's image in a preview, with its digest.
var image = regexp.MustCompile(`products@sha256:[0-9a-f]{64}`)

// codeChange changes one app. The preview says so: of all that is deployed its digest alone differs.
func (s *story) codeChange(t *testing.T) {
	now := s.image(t, names["products"])
	s.edit("apps/products/main.go", "func main() {", "func main() {\n\tprintln(\"a change\")\n")
	changes := s.preview(t)
	path := "spec.template.spec.containers[0].image"
	if len(changes) != 1 || changes[0].name() != "Deployment "+names["products"] || !slices.Equal(changes[0].paths(), []string{path}) {
		t.Errorf("the preview changes %v, want %s of Deployment products alone", changes, path)
	}
	diff := s.run("pulumi preview --diff --non-interactive")
	digests := image.FindAllString(diff, -1)
	slices.Sort(digests)
	if digests = slices.Compact(digests); len(digests) != 2 || !slices.Contains(digests, now) {
		t.Errorf("the diff should show %s and the digest that replaces it, and shows %v in\n%s", now, digests, diff)
	}
	replaced := s.replaced(t, func() {
		s.underLoad(t, func() { s.run("pulumi up --yes --skip-preview") })
	})
	if !slices.Equal(replaced, []string{names["products"]}) {
		t.Errorf("the Pods of %v were replaced, want those of products", replaced)
	}
	if next := s.image(t, names["products"]); next == now || !slices.Contains(digests, next) {
		t.Errorf("products runs %s, want the other one of %v", next, digests)
	}
}

// configurationChange takes the code back and has the services log less, in one update.
func (s *story) configurationChange(t *testing.T) {
	s.run("git checkout --quiet apps")
	s.run("pulumi config set logLevel warn")
	replaced := s.replaced(t, func() {
		s.underLoad(t, func() { s.run("pulumi up --yes --skip-preview") })
	})
	if !slices.Equal(replaced, services) {
		t.Errorf("the Pods of %v were replaced, want those of %v", replaced, services)
	}
}

// replaced are the workloads, in order, that have another set of Pods after the change. None may have one of both.
func (s *story) replaced(t *testing.T, change func()) []string {
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

// image is what the Deployment of an app runs, without the registry.
func (s *story) image(t *testing.T, app string) string {
	t.Helper()
	reference := s.run("kubectl get deployment " + app + " --namespace " + s.outputs.Namespace + " --output jsonpath={.spec.template.spec.containers[0].image}")
	return reference[strings.LastIndex(reference, "/")+1:]
}
