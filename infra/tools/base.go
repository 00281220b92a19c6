package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// shared are the folders of .local that the checkout of another commit uses, too.
var shared = []string{"bin", "build", "images"}

// base makes .local/base, a checkout of another commit. What has been built for this one is there by hard links, and its
// preview reads the same cluster.
func (b *builder) base(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("base needs one commit")
	}
	commit := arguments[0]
	folder := b.local("base")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := b.extract(ctx, commit, folder); err != nil {
		return fmt.Errorf("check %s out to .local/base: %w", commit, err)
	}
	for _, name := range shared {
		if err := linkTree(b.local(name), filepath.Join(folder, ".local", name)); err != nil {
			return fmt.Errorf("share .local/%s with .local/base: %w", name, err)
		}
	}
	kubeconfig, err := os.ReadFile(b.local("cluster", "kubeconfig"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	target := filepath.Join(folder, ".local", "cluster", "kubeconfig")
	return errors.Join(os.MkdirAll(filepath.Dir(target), 0o700), os.WriteFile(target, kubeconfig, 0o600))
}

// extract writes the files of the commit into folder.
func (b *builder) extract(ctx context.Context, commit, folder string) error {
	command := exec.CommandContext(ctx, "git", "archive", "--format=tar", commit)
	var said bytes.Buffer
	command.Dir, command.Stderr = b.root, &said
	archive, err := command.Output()
	if err != nil {
		return fmt.Errorf("git archive: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // no file of the archive is written elsewhere
	if err != nil {
		return err
	}
	defer root.Close()
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := extractFile(root, header, files); err != nil {
			return err
		}
	}
}

func extractFile(root *os.Root, header *tar.Header, content io.Reader) error {
	name := filepath.Clean(header.Name)
	switch header.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	case tar.TypeReg:
		file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, header.FileInfo().Mode().Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return errors.Join(err, file.Close())
	}
	return nil // the commit's hash, as a comment
}

// linkTree makes a copy of a folder whose files are hard links. A folder that does not exist has no copy.
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
