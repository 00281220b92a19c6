//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// drifts are changes that somebody has made by hand, and what tells that each is repaired.
var drifts = []struct{ resource, by, look, want string }{
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

// noDrift finds the cluster to be what the last update left, whatever has happened since.
func (s *story) noDrift(*testing.T) {
	s.run("pulumi refresh --yes --skip-preview --expect-no-changes")
}

// drift has somebody change objects by hand. A preview that refreshes tells of them, and make up takes them back.
func (s *story) drift(t *testing.T) {
	here := " --namespace " + s.outputs.Namespace
	var drifted []string
	for _, d := range drifts {
		s.run(d.by + here)
		if now := s.run(d.look + here + " --ignore-not-found"); now == d.want {
			t.Fatalf("%s has not changed %s", d.by, d.resource)
		}
		drifted = append(drifted, d.resource)
	}
	s.run("kubectl rollout status deployments --timeout 2m --selector app.kubernetes.io/component=service" + here) // by hand, too
	var found []string
	for _, change := range s.preview(t, "--refresh") {
		found = append(found, change.name())
	}
	slices.Sort(drifted)
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, drifted) {
		t.Errorf("the preview finds drift of %v, want %v", found, drifted)
	}
	t.Log(s.run("make up"))
	for _, d := range drifts {
		if now := strings.TrimSpace(s.run(d.look + here + " --ignore-not-found")); now != d.want {
			t.Errorf("after make up %s is %q, want %q", d.resource, now, d.want)
		}
	}
	s.noDrift(t)
	s.samePasswords(t)
}
