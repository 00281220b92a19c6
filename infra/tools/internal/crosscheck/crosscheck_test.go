package crosscheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatDoesNotCompileElsewhereIsNamedOnce(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":       "module example.com/checked\n\ngo 1.26.0\n",
		"checked.go":   "package checked\n",
		"unix.go":      "//go:build unix\n\npackage checked\n\nimport \"syscall\"\n\nvar _ = syscall.Setpgid\n",
		"linux.go":     "//go:build linux\n\npackage checked\n\nimport \"syscall\"\n\nvar _ = syscall.CLONE_NEWUSER\n",
		"every.go":     "package checked\n\nimport \"syscall\"\n\nvar _ = syscall.Getpgid\n",
		"some_test.go": "package checked\n\nimport \"syscall\"\n\nvar _ = syscall.Mkfifo\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for platform, want := range map[string][]string{
		"darwin/arm64":  nil,
		"windows/amd64": {"every.go:5:17: undefined: syscall.Getpgid", "some_test.go:5:17: undefined: syscall.Mkfifo"},
	} {
		got, err := Check(t.Context(), Load{Platform: platform, Folder: folder, Patterns: []string{"./..."}, Workspace: "off"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("on %s: %q, want %d lines", platform, got, len(want))
			continue
		}
		for i, line := range got {
			if !strings.HasPrefix(line, platform+": ") || !strings.HasSuffix(line, want[i]) {
				t.Errorf("on %s: %q, want %q", platform, line, want[i])
			}
		}
	}
}
