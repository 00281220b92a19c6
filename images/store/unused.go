package store

import (
	"os"
	"path/filepath"
	"time"
)

// Use notes that the image in the folder is used now, for RemoveUnused. Who may not note it may not remove it either.
func Use(folder string) {
	now := time.Now()
	_ = os.Chtimes(folder, now, now)
}

// RemoveUnused removes the images in the folders below parent that were last written or used before then, and what a
// Write that was killed has left there.
func RemoveUnused(parent string, then time.Time) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if os.IsNotExist(err) {
			continue // somebody else has removed it
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
