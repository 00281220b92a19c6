//go:build e2e

package kubectl

import (
	"fmt"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// web serves the Pod's name on port 80.
const web = "mkdir /www; hostname > /www/index.html; exec httpd -f -p 80 -h /www"

// container returns a container that runs a script, in YAML.
func container(name, script string) string {
	return fmt.Sprintf("{name: %s, image: %q, command: [sh, -c, %q]}", name, clustertest.Busybox, script)
}

// podSpec returns a Pod's specification, in YAML. Its grace period is short, because shells as process 1 ignore
// SIGTERM.
func podSpec(containers ...string) string {
	return fmt.Sprintf("{terminationGracePeriodSeconds: 1, containers: [%s]}", strings.Join(containers, ", "))
}

// startPod starts a Pod with its name as the label app, and waits until it is Ready.
func startPod(t *testing.T, namespace, name string, containers ...string) {
	t.Helper()
	clustertest.Apply(t, namespace, fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %[1]s, labels: {app: %[1]s}}, spec: %[2]s}", name, podSpec(containers...)))
	clustertest.Kubectl(t, "wait", "--namespace", namespace, "--for=condition=Ready", "pod/"+name, "--timeout=60s")
}

// deployment returns a Deployment, in YAML, whose Pods have its name as the label app.
func deployment(name string, replicas int, containers ...string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %[1]s}, spec: {replicas: %[2]d, selector: {matchLabels: {app: %[1]s}},
  template: {metadata: {labels: {app: %[1]s}}, spec: %[3]s}}}`, name, replicas, podSpec(containers...))
}

// equal fails the test unless got, without surrounding white space, equals want.
func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got = strings.TrimSpace(got); got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

// contains fails the test for each text that got lacks.
func contains(t *testing.T, what, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, got)
		}
	}
}
