package checkout

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// TestReplaceFileKeepsWhatAReaderHasOpen: bash reads a script in parts, while it runs.
func TestReplaceFileKeepsWhatAReaderHasOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "script")
	replace := func(content string) os.FileInfo {
		t.Helper()
		if err := ReplaceFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	old := replace("old")
	if old.Mode().Perm() != 0o755 {
		t.Errorf("the mode is %s, want that of a program", old.Mode())
	}
	if !os.SameFile(old, replace("old")) {
		t.Error("a file with the same content was replaced")
	}
	if os.SameFile(old, replace("new")) {
		t.Error("the file was overwritten in place")
	}
	if got := fixture.Read(t, path); got != "new" {
		t.Errorf("the file has %q, want new", got)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestReplaceFileLeavesNothingIfItFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder")
	if err := os.MkdirAll(filepath.Join(path, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(path, "text", 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
