package stack

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestAMissingStackIsReportedWithTheCommandThatCreatesIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct {
		stack string
		made  bool
		want  string
	}{
		{"dev", false, "run make up"},
		{"dev", true, "run make tools"},
		{"mine", false, "run make tools STACK=mine"},
	} {
		backend := t.TempDir()
		if c.made {
			fixture.Write(t, filepath.Join(backend, ".pulumi/stacks/kubernetes-networking/dev.json"), "{}")
		}
		t.Setenv("PULUMI_STACK", c.stack)
		t.Setenv("PULUMI_BACKEND_URL", "file://"+backend+"?metadata=skip")
		s := New(checkout.Checkout{Root: t.TempDir()}, nil, nil)
		for name, read := range map[string]func() error{
			"outputs": func() error { return s.PrintOutputs(t.Context()) },
			"verify":  func() error { _, err := s.explorerURL(t.Context()); return err },
			"ready":   func() error { return s.Await(t.Context()) },
			"lab":     func() error { return s.SwitchLab(t.Context(), "wrong-port") },
		} {
			if err := read(); err == nil || !strings.HasSuffix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("make %s STACK=%s: %v, want one line that ends with %q", name, c.stack, err, c.want)
			}
		}
	}
}

func TestTheReasonOfPulumiIsOneLine(t *testing.T) {
	for printed, want := range map[string]string{
		"pulumi whoami: exit status 255\nerror: PULUMI_ACCESS_TOKEN must be set for login.\n": "PULUMI_ACCESS_TOKEN must be set for login",
		"pulumi whoami: exit status 1\nsome\nlines\n":                                         "some lines",
		"pulumi whoami: not found":                                                            "pulumi whoami: not found",
	} {
		if got := reason(errors.New(printed)); got != want {
			t.Errorf("%q is shown as %q, want %q", printed, got, want)
		}
	}
}
