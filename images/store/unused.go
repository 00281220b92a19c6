package store

import (
	"os"
	"path/filepath"
	"time"
)

// Use marks the image in the folder as used now, for DeleteUnused. It ignores errors: a user who may not change the
// folder may not delete it either.
func Use(folder string) {
	now := time.Now()
	_ = os.Chtimes(folder, now, now)
}

// DeleteUnused deletes the images in the folders below parent that were last written or used before then, and the
// remains of interrupted calls of Write.
func DeleteUnused(parent string, then time.Time) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if os.IsNotExist(err) {
			continue // another process has deleted it
		}
		if err != nil {
			return err
		}
		if info.ModTime().After(then) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(parent, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
