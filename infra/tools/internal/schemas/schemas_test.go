package schemas

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// written are the schemas of the Kubernetes version that the embedded cluster runs.
func written(t *testing.T) (folder string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "k8s.io/kubernetes")
	command.Dir, command.Env = "../../../cluster", append(os.Environ(), "GOWORK=off")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	swagger, err := os.ReadFile(filepath.Join(module.Dir, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(t.TempDir(), "schemas")
	if err := Write(folder, swagger); err != nil {
		t.Fatal(err)
	}
	return folder
}

// location is what the Makefile gives kubeconform, too.
const location = "{{.ResourceKind}}{{.KindSuffix}}.json"

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {any-key: any-value}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          ports: [{containerPort: 80}]
          livenessProbe: {httpGet: {path: /, port: http}}
          resources: {limits: {cpu: 1, memory: 0.5Gi}, requests: {cpu: 20m, memory: 1e6}}
`

func TestKubeconformFindsMistakesWithTheSchemas(t *testing.T) {
	folder := written(t)
	for name, c := range map[string]struct{ replace, with, want string }{
		"nothing":                  {"", "", "Valid: 1, Invalid: 0, Errors: 0"},
		"a typo in a field":        {"replicas: 3", "replica: 3", "'replica' not allowed"},
		"a typo deep inside":       {"containerPort", "containerport", "'containerport' not allowed"},
		"a wrong type":             {"replicas: 3", `replicas: "3"`, "got string, want integer"},
		"no selector":              {"  selector: {matchLabels: {app: web}}\n", "", "missing property 'selector'"},
		"a port that is no port":   {"port: http", "port: [80]", "want integer or string"},
		"a size of no unit":        {"0.5Gi", "0.5GB", "does not match pattern"},
		"a label that is a number": {"any-value", "1", "got number, want string"},
		"a field said twice":       {"replicas: 3", "replicas: 3\n  replicas: 3", `"replicas" already set`},
		"a version that is gone":   {"apps/v1", "extensions/v1beta1", "could not find schema for Deployment"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "go", "tool", "kubeconform", "-strict", "-summary", "-schema-location", filepath.Join(folder, location))
			command.Dir, command.Env = "../../lint/manifests", append(os.Environ(), "GOWORK=off")
			command.Stdin = strings.NewReader(strings.Replace(deployment, c.replace, c.with, 1))
			out, err := command.CombinedOutput()
			if right := c.replace == ""; (err == nil) != right || !strings.Contains(string(out), c.want) {
				t.Errorf("kubeconform ends with %v and prints %q, want %q", err, out, c.want)
			}
		})
	}
}

func TestSchemasAreNamedAsKubeconformAsksForThem(t *testing.T) {
	folder := written(t)
	for _, name := range []string{"pod-v1.json", "deployment-apps-v1.json", "networkpolicy-networking-v1.json", "role-rbac-v1.json"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
