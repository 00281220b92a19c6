package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatReadsAStackThatIsNotThereNamesWhatBringsIt(t *testing.T) {
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
			write(t, filepath.Join(backend, ".pulumi/stacks/kubernetes-networking/dev.json"), "{}")
		}
		t.Setenv("PULUMI_STACK", c.stack)
		t.Setenv("PULUMI_BACKEND_URL", "file://"+backend+"?metadata=skip")
		b := &builder{root: t.TempDir(), report: quietReport(t)}
		for name, read := range map[string]func() error{
			"outputs": func() error { return b.printOutputs(t.Context()) },
			"verify":  func() error { _, err := b.explorerURL(t.Context()); return err },
			"ready":   func() error { return b.await(t.Context()) },
			"lab":     func() error { return b.switchLab(t.Context(), "wrong-port") },
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
		if got := reason(errorString(printed)); got != want {
			t.Errorf("%q is shown as %q, want %q", printed, got, want)
		}
	}
}

type errorString string

func (e errorString) Error() string { return string(e) }
