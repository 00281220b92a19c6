package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// pulumiHomes are the folders in .local that PULUMI_HOME names: that of the dev stack, and that of every other stack.
// pulumi looks for plugins there, and prints no warning about what it finds.
func (b *builder) pulumiHomes() []string {
	return []string{b.local("pulumi-home"), b.ownHomeView()}
}

// ownHomeView is the Pulumi home of stacks on clusters of the user: the user's own, and the provider of this checkout.
func (b *builder) ownHomeView() string {
	return b.local("pulumi-own")
}

// ownPulumiHome is the user's own Pulumi home. The Makefile sets the variable, because PULUMI_HOME names another folder.
func ownPulumiHome() string {
	if own := os.Getenv("OWN_PULUMI_HOME"); own != "" {
		return own
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".pulumi")
}

// linkPlugin puts the plugin among those of both Pulumi homes. What `pulumi plugin install` has put there stays.
func (b *builder) linkPlugin(target binary) error {
	program := b.program(target)
	if isLink(program) { // an installed provider, which has not been trimmed
		program = program + "-tidy"
		if err := replaceFile(program, tidy); err != nil {
			return err
		}
	}
	for _, home := range b.pulumiHomes() {
		path := filepath.Join(home, "plugins", target.plugin, target.name)
		if _, err := os.Lstat(path); err == nil && !isLink(path) {
			continue
		}
		to, err := filepath.Rel(filepath.Dir(path), program)
		if err != nil {
			return err
		}
		if _, err := symlink(to, path); err != nil {
			return err
		}
	}
	// An earlier version of this program put it into PATH.
	if err := os.Remove(b.local("bin", target.name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// tidy runs the program beside it whose name lacks -tidy, with a TMPDIR of its own. Pulumi's Kubernetes provider writes the
// cluster's credentials to a file there, and deletes it never. What deletes the folder waits until the provider, which holds
// the other end of the pipe, has ended. It has a process group of its own, because pulumi stops a plugin by its group.
const tidy = `#!/usr/bin/env bash
set -eum
self=$(readlink -f "$0")
TMPDIR=$(mktemp -d)
export TMPDIR
mkfifo "$TMPDIR/running"
{ cat; rm -rf "$TMPDIR"; } <"$TMPDIR/running" >/dev/null 2>&1 &
exec 3>"$TMPDIR/running"
exec "${self%-tidy}" "$@"
`

// replaceFile leaves a file alone that has the content: a shell may be reading it.
func replaceFile(path, content string) error {
	if current, err := os.ReadFile(path); err == nil && string(current) == content {
		return nil
	}
	return os.WriteFile(path, []byte(content), 0o755)
}

// linkOwnHome adds what is in the user's own Pulumi home to ownHomeView. A plugin gets a folder there and a link to each of
// its files: pulumi ignores a plugin whose folder is a link.
func (b *builder) linkOwnHome() error {
	own, home := ownPulumiHome(), b.ownHomeView()
	if own == "" {
		return nil
	}
	if err := pruneLinks(home); err != nil {
		return err
	}
	if err := linkEntries(own, home, "plugins"); err != nil {
		return err
	}
	plugins, err := os.ReadDir(filepath.Join(own, "plugins"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, plugin := range plugins {
		from := filepath.Join(own, "plugins", plugin.Name())
		if !plugin.IsDir() {
			continue
		}
		if err := linkEntries(from, filepath.Join(home, "plugins", plugin.Name()), ""); err != nil {
			return err
		}
	}
	return nil
}

// pruneLinks deletes the links to what the user's own home no longer has, and plugins of which nothing is left.
func pruneLinks(home string) error {
	links, err := filepath.Glob(filepath.Join(home, "*"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(home, "plugins", "*", "*"))
	if err != nil {
		return err
	}
	for _, path := range append(links, files...) {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if err := os.Remove(path); err != nil {
				return err
			}
			_ = os.Remove(filepath.Dir(path)) // fails unless it is empty
		}
	}
	return nil
}

// linkEntries makes folder hold a link to each entry of from, unless it has one of that name.
func linkEntries(from, folder, except string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == except {
			continue
		}
		err := os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(folder, entry.Name()))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
