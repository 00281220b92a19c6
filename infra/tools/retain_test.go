package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDestroyIsRefusedUntilTheStackKnowsThatDataIsRetained asks the real pulumi, with this project's configuration keys.
func TestDestroyIsRefusedUntilTheStackKnowsThatDataIsRetained(t *testing.T) {
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
	project, err := os.ReadFile(filepath.Join(top, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "Pulumi.yaml"), string(project))
	write(t, filepath.Join(root, "infra", "main.go"), "")
	write(t, filepath.Join(root, "state", "kept"), "")
	b := &builder{root: root, report: quietReport(t)}
	pulumi := func(input string, args ...string) {
		t.Helper()
		if _, err := b.pulumi(t.Context(), []byte(input), args...); err != nil {
			t.Fatal(err)
		}
	}
	pulumi("", "stack", "init", "dev")
	pulumi("", "config", "set-all", "--plaintext", "kubeconfig=config", "--plaintext", "imageRepo=kind.local")

	for _, c := range []struct {
		name, config, resources string
		refusal, says           string
	}{
		{"nothing deployed", "true", "", "", ""},
		{"deployed, never retained", "", deployed(""), "", ""},
		{"deployed, and set since", "true", deployed(""), "retainData is set, and the stack dev does not know it yet: run make up first, or make destroy would delete 1 namespace", ""},
		{"deployed with it", "true", deployed(`,"protect":true`), "", ""},
		{"deployed with it, and unset since", "false", deployed(`,"protect":true`), "", "1 namespace will stay: make up and then make destroy"},
	} {
		pulumi(`{"version":3,"deployment":{"resources":[`+c.resources+`]}}`, "stack", "import")
		if c.config != "" {
			pulumi("", "config", "set", "retainData", c.config)
		}
		b.report = quietReport(t)
		err := b.retain(t.Context())
		if (err != nil) != (c.refusal != "") || err != nil && !strings.Contains(err.Error(), c.refusal) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.refusal)
		}
		if said := said(t, b.report); !strings.Contains(said, c.says) || (said != "") != (c.says != "") {
			t.Errorf("%s: it says %q, want %q", c.name, said, c.says)
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

// said is all that was reported.
func said(t *testing.T, r *report) string {
	t.Helper()
	content, err := os.ReadFile(r.out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestMakeDestroyAsksWhatIsRetainedFirst(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "Pulumi.mine.yaml"), "")
	out, err := makeIn(t, folder, nil, "--dry-run", "destroy", "STACK=mine")
	asks, destroys := strings.Index(out, " retain\n"), strings.Index(out, "pulumi destroy")
	if err != nil || asks < 0 || destroys < asks {
		t.Errorf("make destroy (%v) runs\n%s\nwant that tools retain comes before pulumi destroy", err, out)
	}
}
