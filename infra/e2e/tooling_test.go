//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// tooling tests pulumi import, components that the provider lacks, and temporary files.
func (s *scenario) tooling(t *testing.T) {
	left := s.run(`tmp=$(mktemp -d); export TMPDIR=$tmp
		pulumi preview --non-interactive >/dev/null 2>&1; pulumi up --yes --skip-preview >/dev/null 2>&1; find "$tmp" -mindepth 1`)
	if left != "" {
		t.Errorf("a preview and an update left %s in TMPDIR", left)
	}

	imported := s.run("pulumi import --yes --non-interactive kubernetes:core/v1:ConfigMap imported kube-system/coredns")
	if want := `corev1.NewConfigMap(ctx, "imported"`; !strings.Contains(imported, want) {
		t.Errorf("pulumi import did not print %s:\n%s", want, imported)
	}
	s.run("pulumi state delete --yes --force urn:pulumi:dev::kubernetes-networking::kubernetes:core/v1:ConfigMap::imported")

	const program, component = "func main() { run(demo) }", `func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		return ctx.RegisterRemoteComponentResource("kubernetes:yaml/v2:ConfigGroup", "x", nil, &struct{ pulumi.ResourceState }{})
	})
}`
	s.edit("infra/main.go", program, component)
	s.mustFail("pulumi preview --non-interactive",
		"kubernetes:yaml/v2:ConfigGroup", "pulumi plugin install resource kubernetes 4.27.0 --reinstall")
	s.edit("infra/main.go", component, program)

	// The environment of make env STACK=other.
	printed := s.run("export PULUMI_HOME=$PWD/.local/pulumi-own; unset PULUMI_IGNORE_AMBIENT_PLUGINS; pulumi preview --non-interactive 2>&1")
	if strings.Contains(printed, "$PATH") {
		t.Errorf("a preview of another stack warns about plugins:\n%s", printed)
	}
}
