package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// shared lists the folders of .local that .local/base shares.
var shared = []string{"bin", "build", "images"}

// Base checks the commit out to .local/base. Everything that is built for this checkout is there as hard links, and so
// is its kubeconfig: a preview of the commit reads the same cluster.
func (c Checkout) Base(ctx context.Context, commit string) error {
	folder := c.Local("base")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := c.export(ctx, commit, folder); err != nil {
		return fmt.Errorf("check %s out to .local/base: %w", commit, err)
	}
	for _, name := range shared {
		if err := linkTree(c.Local(name), filepath.Join(folder, ".local", name)); err != nil {
			return fmt.Errorf("share .local/%s with .local/base: %w", name, err)
		}
	}
	kubeconfig, err := os.ReadFile(c.Local("cluster", "kubeconfig"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	target := filepath.Join(folder, ".local", "cluster", "kubeconfig")
	return errors.Join(os.MkdirAll(filepath.Dir(target), 0o700), os.WriteFile(target, kubeconfig, 0o600))
}

// export writes the files of the commit to folder. It uses an index of its own: the user's stays as it is.
func (c Checkout) export(ctx context.Context, commit, folder string) error {
	index := c.Local("build", "base.index")
	defer os.Remove(index)
	for _, args := range [][]string{{"read-tree", commit}, {"checkout-index", "--all", "--prefix=" + folder + "/"}} {
		command := exec.CommandContext(ctx, "git", args...)
		command.Dir, command.Env = c.Root, append(os.Environ(), "GIT_INDEX_FILE="+index)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

// linkTree copies a folder as hard links. It does nothing if the folder does not exist.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if path == from && errors.Is(err, fs.ErrNotExist) {
			return filepath.SkipAll
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case entry.Type().IsRegular():
			return os.Link(path, target)
		}
		return nil
	})
}
