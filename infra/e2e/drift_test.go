//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// drifts are manual changes. query prints want if the object is as declared.
var drifts = []struct{ resource, change, query, want string }{
	{
		"Deployment " + names["products"], "kubectl set env deployment/" + names["products"] + " LOG_LEVEL=error",
		"kubectl get deployment " + names["products"] + ` --output jsonpath='{.spec.template.spec.containers[0].env[?(@.name=="LOG_LEVEL")].value}'`, "warn",
	},
	{
		"Deployment " + names["clients"], "kubectl scale --replicas=2 deployment/" + names["clients"],
		"kubectl get --output jsonpath={.spec.replicas} deployment " + names["clients"], "3",
	},
	{
		"Service " + names["orders"], "kubectl patch service " + names["orders"] + ` --patch '{"metadata": {"labels": {"app.kubernetes.io/component": "mine"}}, "spec": {"ports": [{"port": 80, "targetPort": 9}]}}'`,
		"kubectl get service " + names["orders"] + ` --output jsonpath='{.metadata.labels.app\.kubernetes\.io/component} {.spec.ports[0].targetPort}'`, "service http",
	},
	{
		"NetworkPolicy " + names["orders"], "kubectl delete networkpolicy " + names["orders"],
		"kubectl get --output jsonpath={.metadata.name} networkpolicy " + names["orders"], names["orders"],
	},
}

// noDrift fails the test if an object differs from what the last update deployed.
func (s *scenario) noDrift(*testing.T) {
	s.run("pulumi refresh --yes --skip-preview --expect-no-changes")
}

// drift changes objects by hand. A preview with --refresh must list them, and make up must revert them.
func (s *scenario) drift(t *testing.T) {
	here := " --namespace " + s.outputs.Namespace
	var drifted []string
	for _, d := range drifts {
		s.run(d.change + here)
		if now := s.run(d.query + here + " --ignore-not-found"); now == d.want {
			t.Fatalf("%s did not change %s", d.change, d.resource)
		}
		drifted = append(drifted, d.resource)
	}
	s.run("kubectl rollout status deployments --timeout 2m --selector app.kubernetes.io/component=service" + here)
	var found []string
	for _, change := range s.preview(t, "--refresh") {
		found = append(found, change.name())
	}
	slices.Sort(drifted)
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, drifted) {
		t.Errorf("the preview reports drift of %v, want %v", found, drifted)
	}
	t.Log(s.run("make up"))
	for _, d := range drifts {
		if now := strings.TrimSpace(s.run(d.query + here + " --ignore-not-found")); now != d.want {
			t.Errorf("after make up, %s is %q, want %q", d.resource, now, d.want)
		}
	}
	s.noDrift(t)
	s.samePasswords(t)
}
