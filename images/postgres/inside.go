package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/kubernetes-networking/images/debian"
)

// unpack writes the files to the folder, and adds the files in /dev that programs expect.
func unpack(ctx context.Context, root debian.Files, folder string) error {
	content, err := root.Archive()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "tar", "--extract", "--numeric-owner", "--preserve-permissions", "--directory", folder)
	command.Stdin = bytes.NewReader(content)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w: %s", err, output)
	}
	memory := filepath.Join(folder, "dev", "shm")
	if err := os.MkdirAll(memory, 0o755); err != nil {
		return err
	}
	null := filepath.Join(folder, "dev", "null")
	if err := os.WriteFile(null, nil, 0o644); err != nil {
		return err
	}
	devices := filepath.Dir(memory)
	for name, mode := range map[string]os.FileMode{folder: 0o755, devices: 0o755, memory: 0o777, null: 0o666} { // whatever the umask
		if err := os.Chmod(name, mode); err != nil {
			return err
		}
	}
	return nil
}
