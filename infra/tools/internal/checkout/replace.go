package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ReplaceFile replaces the file atomically, unless it has this content already: another process may be reading it.
func ReplaceFile(path, content string, mode fs.FileMode) error {
	if current, err := os.ReadFile(path); err == nil && string(current) == content {
		return nil
	}
	next := fmt.Sprintf("%s.%d", path, os.Getpid())
	err := os.WriteFile(next, []byte(content), mode)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	return nil
}
