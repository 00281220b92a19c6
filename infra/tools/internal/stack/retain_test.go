package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// TestDestroyIsRefusedUntilTheStackRetainsItsData uses the real pulumi, with this project's configuration keys.
func TestDestroyIsRefusedUntilTheStackRetainsItsData(t *testing.T) {
	if _, err := exec.LookPath("pulumi"); err != nil {
		t.Skip("pulumi is not in PATH: run `make tools`, then `make test`")
	}
	root := t.TempDir()
	for name, value := range map[string]string{
		"PULUMI_BACKEND_URL": "file://" + root + "/state?metadata=skip", "PULUMI_HOME": filepath.Join(root, "home"), "PULUMI_STACK": "dev",
		"PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
	} {
		t.Setenv(name, value)
	}
	project, err := os.ReadFile(filepath.Join("../../../..", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, filepath.Join(root, "Pulumi.yaml"), string(project))
	fixture.Write(t, filepath.Join(root, "infra", "main.go"), "")
	fixture.Write(t, filepath.Join(root, "state", "kept"), "")
	s := New(checkout.Checkout{Root: root}, nil, nil)
	pulumi := func(input string, args ...string) {
		t.Helper()
		if _, err := s.pulumi(t.Context(), []byte(input), args...); err != nil {
			t.Fatal(err)
		}
	}
	pulumi("", "stack", "init", "dev")
	pulumi("", "config", "set-all", "--plaintext", "kubeconfig=config", "--plaintext", "imageRepo=kind.local")

	for _, c := range []struct {
		name, config, resources string
		refusal, reported       string
	}{
		{"nothing deployed", "true", "", "", ""},
		{"deployed, never retained", "", deployed(""), "", ""},
		{"deployed, and set since", "true", deployed(""), "run make up first, or make destroy would delete 1 namespace", ""},
		{"deployed with it", "true", deployed(`,"protect":true`), "", ""},
		{"deployed with it, and unset since", "false", deployed(`,"protect":true`), "", "keeping 1 namespace, because retainData was set at the last update of the stack dev; to delete everything, run make up, then make destroy"},
	} {
		pulumi(`{"version":3,"deployment":{"resources":[`+c.resources+`]}}`, "stack", "import")
		if c.config != "" {
			pulumi("", "config", "set", "retainData", c.config)
		}
		report, reported := fixture.Report(t)
		s.report = report
		err := s.Retain(t.Context())
		if (err != nil) != (c.refusal != "") || err != nil && !strings.Contains(err.Error(), c.refusal) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.refusal)
		}
		if got := reported(); !strings.Contains(got, c.reported) || (got != "") != (c.reported != "") {
			t.Errorf("%s: reported %q, want %q", c.name, got, c.reported)
		}
		if c.config != "" {
			pulumi("", "config", "rm", "retainData")
		}
	}
}

// deployed is a state with a namespace in it.
func deployed(protect string) string {
	const urn = `"urn":"urn:pulumi:dev::kubernetes-networking::`
	return `{` + urn + `pulumi:providers:kubernetes::cluster","custom":true,"id":"11","type":"pulumi:providers:kubernetes"},` +
		`{` + urn + `kubernetes:core/v1:Namespace::shop","custom":true,"id":"shop","type":"kubernetes:core/v1:Namespace",` +
		`"provider":"urn:pulumi:dev::kubernetes-networking::pulumi:providers:kubernetes::cluster::11"` + protect + `}`
}
