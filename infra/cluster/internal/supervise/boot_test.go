package supervise

import (
	"errors"
	"os"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestImagesAreTrustedUntilTheMachineIsStartedAgain(t *testing.T) {
	root := layout.Root(t.TempDir())
	pull := func() {
		if err := os.MkdirAll(root.State("containerd", "snapshots"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name   string
		before func() error
		kept   bool
	}{
		{"the first start that notes it", func() error { return nil }, false},
		{"another start", func() error { return nil }, true},
		{"a start of the machine", func() error {
			return os.WriteFile(root.State("boot"), []byte("5ea5b1b5-7cb3-4e3e-a4a6-6a2f4d4c8b6e\n"), 0o600)
		}, false},
		{"a power cut that took the note", func() error { return os.Truncate(root.State("boot"), 0) }, false},
		{"another start after it", func() error { return nil }, true},
	} {
		pull()
		if err := errors.Join(step.before(), distrustImages(root)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(root.State("containerd")); (err == nil) != step.kept {
			t.Errorf("%s: kept %t, want %t", step.name, err == nil, step.kept)
		}
	}
}
