package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

const service = `apiVersion: v1
kind: Service
metadata:
  labels: {app.kubernetes.io/component: database}
  name: orders-database
  namespace: demo
spec:
  selector: {app: orders}
  type: ClusterIP
`

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  labels: {app.kubernetes.io/component: service}
  name: orders
  namespace: demo
spec:
  replicas: 3
  selector:
    matchLabels: {app: orders}
  template:
    metadata:
      labels: {app: orders}
    spec:
      containers: []
      topologySpreadConstraints:
        - maxSkew: 1
`

// TestOwnChecksOfManifestsFindMistakes runs kube-linter with the custom checks of infra/.kube-linter.yaml.
func TestOwnChecksOfManifestsFindMistakes(t *testing.T) {
	config, err := filepath.Abs(filepath.Join(top, "infra", ".kube-linter.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ check, manifest, replace, with string }{
		{"database-stays-inside", service, "ClusterIP", "LoadBalancer"},
		{"three-replicas", deployment, "replicas: 3", "replicas: 2"},
		{"spread", deployment, "      topologySpreadConstraints:\n        - maxSkew: 1\n", ""},
	} {
		for _, manifest := range []string{c.manifest, strings.Replace(c.manifest, c.replace, c.with, 1)} {
			path := filepath.Join(t.TempDir(), "object.yaml")
			fixture.Write(t, path, manifest)
			command := exec.CommandContext(t.Context(), "go", "tool", "kube-linter", "lint", "--config", config, path)
			command.Dir, command.Env = filepath.Join("lint", "manifests"), append(os.Environ(), "GOWORK=off")
			out, _ := command.CombinedOutput() // the shortened manifests fail other checks
			if mistake := manifest != c.manifest; strings.Contains(string(out), "check: "+c.check+",") != mistake {
				t.Errorf("for the manifest\n%s\nkube-linter prints\n%s\nwant that the check %s fails: %t", manifest, out, c.check, mistake)
			}
		}
	}
}
