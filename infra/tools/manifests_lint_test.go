package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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

// TestOwnChecksOfManifestsFindMistakes runs kube-linter with the checks that infra/.kube-linter.yaml adds of its own.
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
			write(t, path, manifest)
			command := exec.CommandContext(t.Context(), "go", "tool", "kube-linter", "lint", "--config", config, path)
			command.Dir, command.Env = filepath.Join("lint", "manifests"), append(os.Environ(), "GOWORK=off")
			out, _ := command.CombinedOutput() // the shortened manifests fail other checks
			if mistake := manifest != c.manifest; strings.Contains(string(out), "check: "+c.check+",") != mistake {
				t.Errorf("of the manifest\n%s\nkube-linter says\n%s\nwant the check %s to fail: %t", manifest, out, c.check, mistake)
			}
		}
	}
}
