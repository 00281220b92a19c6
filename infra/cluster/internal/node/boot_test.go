package node

import (
	"errors"
	"os"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestImagesAreKeptUntilTheMachineBoots(t *testing.T) {
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
		{"first start", func() error { return nil }, false},
		{"second start", func() error { return nil }, true},
		{"boot of the machine", func() error {
			return os.WriteFile(root.State("boot"), []byte("5ea5b1b5-7cb3-4e3e-a4a6-6a2f4d4c8b6e\n"), 0o600)
		}, false},
		{"power cut that emptied the file", func() error { return os.Truncate(root.State("boot"), 0) }, false},
		{"start after it", func() error { return nil }, true},
	} {
		pull()
		if err := errors.Join(step.before(), removeImagesAfterBoot(root)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(root.State("containerd")); (err == nil) != step.kept {
			t.Errorf("%s: kept %t, want %t", step.name, err == nil, step.kept)
		}
	}
}
