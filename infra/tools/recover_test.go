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
