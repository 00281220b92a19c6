package postgres

import (
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDatabasesShareNoFiles(t *testing.T) {
	database := newContainer(t)
	database.start(strings.Fields(first))()
	err := filepath.WalkDir(database.data, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if status, ok := info.Sys().(*syscall.Stat_t); !ok || status.Nlink != 1 || info.Mode() != 0o600 {
			t.Fatalf("%s has %v and %d links, want -rw------- and 1", name, info.Mode(), status.Nlink)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
