package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
	"example.com/kubernetes-networking/infra/tools/internal/interrupted"
)

// TestTheReportOfAForeignNamespaceHoldsItsContentAndTheRemedy uses a script in place of kubectl.
func TestTheReportOfAForeignNamespaceHoldsItsContentAndTheRemedy(t *testing.T) {
	folder := t.TempDir()
	fixture.Program(t, filepath.Join(folder, "kubectl"), `#!/bin/sh
case "$*" in
"get namespace shop"*) echo '{"metadata":{"labels":{"app.kubernetes.io/part-of":"demo"}}}' ;;
*"--namespace shop"*) printf '%s\n' configmap/kube-root-ca.crt $CONTENT ;;
esac
`)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	asked := interrupted.Creation{
		Type: "kubernetes:core/v1:Namespace", Name: "shop", Kubeconfig: "config", Labels: map[string]string{"app.kubernetes.io/part-of": "demo"},
	}
	for content, want := range map[string][]string{
		"":               nil,
		"service/orders": {"it holds service/orders", "kubectl delete namespace shop", "pulumi config set namespace NAME"},
	} {
		t.Setenv("CONTENT", content)
		report, reported := fixture.Report(t)
		s := New(checkout.Checkout{Root: folder}, report, nil)
		owns, err := s.owns(t.Context(), asked)
		if err != nil || owns != (want == nil) {
			t.Errorf("with %q in it, it is the stack's: %v, %v", content, owns, err)
		}
		for _, part := range want {
			if got := reported(); !strings.Contains(got, part) {
				t.Errorf("with %q in it, recover reports %q, want %q in it", content, got, part)
			}
		}
	}
}

// TestKubectlUsesTheContentsOfTheStacksKubeconfigFromATemporaryFile uses scripts in place of kubectl and pulumi.
func TestKubectlUsesTheContentsOfTheStacksKubeconfigFromATemporaryFile(t *testing.T) {
	folder := t.TempDir()
	for name, script := range map[string]string{
		"kubectl": `#!/bin/sh
while [ "$1" != --kubeconfig ]; do shift; done
[ "$(cat "$2")" = contents ] && [ "$(stat -c %a "$2")" = 600 ] && echo '{"metadata":{"labels":{"a":"b"}}}'
`,
		"pulumi": `#!/bin/sh
[ "$*" = "stack export --show-secrets" ] && cat <<'END'
{"deployment":{"resources":[{"urn":"urn:p::demo","inputs":{"kubeconfig":{"plaintext":"\"contents\""}}}],
"pending_operations":[{"type":"creating","resource":{"urn":"urn:namespace","type":"kubernetes:core/v1:Namespace",
"provider":"urn:p::demo::11","inputs":{"metadata":{"name":"shop"}}}}]}}
END
`,
	} {
		fixture.Program(t, filepath.Join(folder, name), script)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	report, _ := fixture.Report(t)
	s := New(checkout.Checkout{Root: folder}, report, nil)
	if err := os.MkdirAll(s.Local("build"), 0o755); err != nil {
		t.Fatal(err)
	}
	namespace := interrupted.Creation{URN: "urn:namespace", Type: "kubernetes:core/v1:Namespace", Name: "shop", Labels: map[string]string{"a": "b"}}
	// The second answer of the script is not a list of names, so that the namespace is not empty.
	if owns, err := s.owns(t.Context(), namespace); err != nil || owns {
		t.Errorf("the namespace is the stack's: %t, %v, want no error", owns, err)
	}
	if left, err := os.ReadDir(s.Local("build")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v), want nothing", left, err)
	}
}
