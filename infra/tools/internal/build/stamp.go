package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// stamp returns a hash of everything that a binary is built from: its sources, its modules, the Go version and the
// flags.
func (b *Builder) stamp(ctx context.Context, target binary) (string, error) {
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("find the Go version: %w", err)
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %q %q %q %q\n", version, os.Getenv("GOFLAGS"), os.Getenv("CGO_ENABLED"), target.ldflags, target.pkg)
	paths := append([]string{filepath.Join(target.folder, "go.mod"), filepath.Join(target.folder, "go.sum")}, target.sources...)
	for _, path := range paths {
		files, err := sourceFiles(filepath.Join(b.Root, path))
		if err != nil {
			return "", fmt.Errorf("sources of %s: %w", target.name, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("sources of %s: %w", target.name, err)
			}
			fmt.Fprintf(hash, "%s %x\n", strings.TrimPrefix(file, b.Root), sha256.Sum256(content))
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// sourceFiles returns the files in path that a build reads. Tests, hidden folders, test data and nested modules are not
// among them.
func sourceFiles(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != path:
			_, err := os.Stat(filepath.Join(file, "go.mod"))
			if nested := err == nil; nested || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" {
				return filepath.SkipDir
			}
		case !entry.IsDir() && !strings.HasSuffix(file, "_test.go"):
			files = append(files, file)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

// upToDate reports whether the binary was built with this stamp. A link to an installed program was not, even if an
// earlier build has left its stamp.
func (b *Builder) upToDate(target binary, stamp string) bool {
	recorded, err := os.ReadFile(b.stampFile(target))
	if err != nil || !bytes.Equal(recorded, []byte(stamp)) || isLink(b.program(target)) {
		return false
	}
	_, err = os.Stat(b.program(target))
	return !errors.Is(err, fs.ErrNotExist)
}

func (b *Builder) record(target binary, stamp string) error {
	return os.WriteFile(b.stampFile(target), []byte(stamp), 0o644)
}

func (b *Builder) stampFile(target binary) string {
	return b.Local("build", target.name+".stamp")
}
