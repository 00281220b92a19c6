//go:build e2e

package security

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestPodSecurityIsEnforcedInALabelledNamespace(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Kubectl(t, "label", "namespace", ns, "pod-security.kubernetes.io/enforce=restricted")
	pod := func(name, spec, container string) (string, error) {
		cmd := clustertest.KubectlCommand(t.Context(), "create", "--namespace", ns, "--filename=-")
		cmd.Stdin = strings.NewReader(`{apiVersion: v1, kind: Pod, metadata: {name: ` + name + `}, spec: {terminationGracePeriodSeconds: 0, ` + spec + `
  containers: [{name: main, image: "` + clustertest.Busybox + `", command: [sleep, infinity], ` + container + `}]}}`)
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	const (
		nobody  = `securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}, `
		limited = `securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}`
	)
	for name, c := range map[string]struct{ spec, container, violation string }{
		"privileged": {nobody, `securityContext: {privileged: true}`, "privileged"},
		"host":       {nobody + `hostNetwork: true, hostPID: true, `, limited, "host namespaces (hostNetwork=true, hostPID=true)"},
		"root":       {`securityContext: {seccompProfile: {type: RuntimeDefault}}, `, limited, "runAsNonRoot != true"},
		"path":       {nobody + `volumes: [{name: node, hostPath: {path: /}}], `, limited, `restricted volume types (volume "node" uses restricted volume type "hostPath")`},
	} {
		if got, err := pod(name, c.spec, c.container); err == nil || !strings.Contains(got, c.violation) {
			t.Errorf("Pod %s: %q, want a violation: %s", name, got, c.violation)
		}
	}
	if got, err := pod("harmless", nobody, limited); err != nil {
		t.Fatalf("a Pod that the profile admits: %s", got)
	}
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/harmless", "--timeout=60s")
}
