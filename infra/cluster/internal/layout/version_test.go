package layout_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestClaimVersion(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string // part of the error
	}{
		"new folder":   {map[string]string{"lock": ""}, ""},
		"same version": {map[string]string{"etcd/member/wal": "", "version": "4\n"}, ""},
		"older version": {
			map[string]string{"etcd/member/wal": "", "version": "3\n"},
			"an older version of this program (layout 3; this version needs layout 4)",
		},
		"older than version file": {
			map[string]string{"etcd/member/wal": ""},
			"an older version of this program (no version file; this version needs layout 4)",
		},
		"newer version": {
			map[string]string{"etcd/member/wal": "", "version": "5\n"},
			"a newer version of this program (layout 5; this version needs layout 4)",
		},
		"damaged": {
			map[string]string{"etcd/member/wal": "", "version": "\x00"},
			`contains "\x00": write 4 into it if this version of the program made the folder, or delete the cluster`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := layout.Root(t.TempDir())
			for file, content := range c.files {
				path := root.State(file)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			want := "4\n"
			if c.want != "" {
				want = c.files["version"]
			}
			for range 2 { // the second start finds the same
				for _, err := range []error{root.CheckVersion(), root.ClaimVersion()} {
					if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
						t.Fatalf("got %v, want %q", err, c.want)
					}
				}
				if content, _ := os.ReadFile(root.State("version")); string(content) != want {
					t.Errorf("the version file contains %q, want %q", content, want)
				}
			}
		})
	}
}
