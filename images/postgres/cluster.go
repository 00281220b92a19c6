package postgres

import (
	"archive/tar"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"example.com/kubernetes-networking/images/debian"
)

const (
	// clusterFolder contains the database cluster that the entrypoint copies: initdb would add a second to each first
	// start. It is world-readable, because a Pod may run as any user, and contains no secrets.
	clusterFolder = "usr/local/share/postgresql/cluster"
	// spare is the database in this cluster that the entrypoint renames.
	spare = "spare"
)

// initialise adds this cluster. It runs the image's initdb in a copy of the root file system in scratch.
func initialise(ctx context.Context, scratch string, root debian.Files) error {
	folder, err := os.MkdirTemp(scratch, "root-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := unpack(ctx, root, folder); err != nil {
		return fmt.Errorf("unpack the root file system: %w", err)
	}
	const created = "tmp/cluster"
	command := inside(ctx, folder, "/"+createCluster, "/"+created, spare, "--username=postgres", "--no-sync")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w; its output ends with:\n%s", err, debian.LastLines(string(output), 10))
	}
	return addCluster(root, os.DirFS(filepath.Join(folder, created)))
}

// addCluster adds the files of a cluster to the root file system.
func addCluster(root debian.Files, cluster fs.FS) error {
	first := map[string]string{} // path of the first file with a content
	return fs.WalkDir(cluster, ".", func(name string, entry fs.DirEntry, err error) error {
		target := path.Join(clusterFolder, name)
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			root[target] = debian.File{Header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
			return nil
		case path.Dir(name) == "pg_wal", path.Dir(name) == "pg_stat": // pg_resetwal writes new WAL
			return nil
		}
		content, err := fs.ReadFile(cluster, name)
		if err != nil {
			return err
		}
		if name == "global/pg_control" {
			if content, err = anonymous(content); err != nil {
				return err
			}
		}
		if equal, found := first[string(content)]; found && len(content) > 0 {
			root[target] = debian.File{Header: tar.Header{Typeflag: tar.TypeLink, Mode: 0o644, Linkname: equal}}
			return nil
		}
		first[string(content)] = target
		root[target] = debian.File{Header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o644}, Content: content}
		return nil
	})
}
