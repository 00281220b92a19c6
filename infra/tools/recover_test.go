package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/interrupted"
)

// TestNamespaceThatIsNotTakenOverIsDescribed by what is in it, and by what to do about it. A script stands for kubectl.
func TestNamespaceThatIsNotTakenOverIsDescribed(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "kubectl"), `#!/bin/sh
case "$*" in
"get namespace shop"*) echo '{"metadata":{"labels":{"app.kubernetes.io/part-of":"demo"}}}' ;;
*"--namespace shop"*) printf '%s\n' configmap/kube-root-ca.crt $CONTENT ;;
esac
`)
	if err := os.Chmod(filepath.Join(folder, "kubectl"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	asked := interrupted.Creation{
		Type: "kubernetes:core/v1:Namespace", Name: "shop", Kubeconfig: "config", Labels: map[string]string{"app.kubernetes.io/part-of": "demo"},
	}
	for content, want := range map[string][]string{
		"":               nil,
		"service/orders": {"it holds service/orders", "kubectl delete namespace shop", "pulumi config set namespace NAME"},
	} {
		t.Setenv("CONTENT", content)
		b := &builder{root: folder, report: quietReport(t)}
		own, err := b.own(t.Context(), asked)
		if err != nil || own != (want == nil) {
			t.Errorf("with %q in it, it is the stack's: %v, %v", content, own, err)
		}
		for _, part := range want {
			if said := said(t, b.report); !strings.Contains(said, part) {
				t.Errorf("with %q in it, recover says %q, want %q in it", content, said, part)
			}
		}
	}
}

// TestKubectlIsGivenTheContentsOfTheStacksKubeconfig in a file that is gone afterwards. Scripts stand for kubectl and pulumi.
func TestKubectlIsGivenTheContentsOfTheStacksKubeconfig(t *testing.T) {
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
		write(t, filepath.Join(folder, name), script)
		if err := os.Chmod(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	b := &builder{root: folder, report: quietReport(t)}
	if err := os.MkdirAll(b.local("build"), 0o755); err != nil {
		t.Fatal(err)
	}
	namespace := interrupted.Creation{URN: "urn:namespace", Type: "kubernetes:core/v1:Namespace", Name: "shop", Labels: map[string]string{"a": "b"}}
	// The second answer of the script is not a list of names, so that the namespace is not empty.
	if own, err := b.own(t.Context(), namespace); err != nil || own {
		t.Errorf("the namespace is the stack's: %t, %v, want no error", own, err)
	}
	if left, err := os.ReadDir(b.local("build")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v), want nothing", left, err)
	}
}
