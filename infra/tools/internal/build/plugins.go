package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
)

// pulumiHomes returns the folders in .local that PULUMI_HOME names: the one of the dev stack and the one of all other
// stacks. pulumi looks for plugins there, and uses them without a warning.
func (b *Builder) pulumiHomes() []string {
	return []string{b.Local("pulumi-home"), b.ownHomeView()}
}

// ownHomeView returns the Pulumi home of stacks on other clusters. It shows what the user's own home holds, and the
// provider of this checkout.
func (b *Builder) ownHomeView() string {
	return b.Local("pulumi-own")
}

// ownPulumiHome returns the user's own Pulumi home. In recipes of the Makefile, PULUMI_HOME names a folder in .local.
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

// linkPlugin links to the plugin from both Pulumi homes. A file that `pulumi plugin install` has put there stays.
func (b *Builder) linkPlugin(target binary) error {
	program := b.program(target)
	if isLink(program) { // an installed provider, which is not trimmed
		program = program + "-tidy"
		if err := checkout.ReplaceFile(program, tidy, 0o755); err != nil {
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
	return nil
}

// tidy runs the program of the same name without -tidy, in a TMPDIR of its own. Pulumi's Kubernetes provider writes the
// cluster's credentials to a file there and never deletes it. The background process deletes the folder when the
// provider, which holds the other end of the pipe, has ended. It runs in a process group of its own (set -m), because
// pulumi signals the whole group of a plugin.
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

// linkOwnHome links to the content of the user's own Pulumi home from ownHomeView. A plugin gets a folder with a link
// to each of its files: pulumi ignores a plugin whose folder is a link.
func (b *Builder) linkOwnHome() error {
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

// pruneLinks deletes dangling links, and the folders of plugins that hold nothing else.
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

// linkEntries adds a link to each entry of from to folder, except for names that folder holds already.
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
