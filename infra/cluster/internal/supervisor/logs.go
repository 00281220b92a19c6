package supervisor

import (
	"os"
	"path/filepath"
	"slices"
)

// RotateLogs renames each *.log file in folder to *.log.previous, and creates the folder if it is missing. It leaves
// the paths in except alone.
func RotateLogs(folder string, except ...string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(folder, "*.log"))
	if err != nil {
		return err
	}
	for _, log := range logs {
		if slices.Contains(except, log) {
			continue
		}
		if err := os.Rename(log, log+".previous"); err != nil {
			return err
		}
	}
	return nil
}
