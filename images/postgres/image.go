package postgres

import (
	"archive/tar"
	"bytes"
	_ "embed" // for the scripts
	"fmt"
	"io"
	"maps"
	"path"
	"runtime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

//go:embed docker-entrypoint.sh
var entrypointScript string

//go:embed create-cluster.sh
var createClusterScript string

// assemble makes an image of one layer from the files.
func assemble(root files) (v1.Image, error) {
	layerTar, err := archive(root)
	if err != nil {
		return nil, fmt.Errorf("write the layer: %w", err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layerTar)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("make the layer: %w", err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User:         fmt.Sprintf("%d:%d", user, user),
			Entrypoint:   []string{path.Base(entrypoint)},
			Cmd:          []string{"postgres"},
			ExposedPorts: map[string]struct{}{"5432/tcp": {}},
			StopSignal:   "SIGINT", // PostgreSQL's fast shutdown: it does not wait for clients to leave
			Env: []string{
				searchPath, "LANG=C.UTF-8", "PG_MAJOR=" + version, "PGDATA=/" + dataFolder,
			},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("write the image's config: %w", err)
	}
	image, err = mutate.AppendLayers(image, layer)
	if err != nil {
		return nil, fmt.Errorf("append the layer: %w", err)
	}
	return image, nil
}

// addOwnFiles adds the scripts, the accounts, the BusyBox commands and the folders that the server writes to.
func addOwnFiles(root files) {
	text := func(name, content string, mode int64) {
		root[name] = file{header: tar.Header{Typeflag: tar.TypeReg, Mode: mode}, content: []byte(content)}
	}
	folder := func(name string, mode int64, owner int) {
		root[name] = file{header: tar.Header{Typeflag: tar.TypeDir, Mode: mode, Uid: owner, Gid: owner}}
	}
	text(entrypoint, entrypointScript, 0o755)
	text(createCluster, createClusterScript, 0o755)
	text("etc/passwd", fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\n"+
		"postgres:x:%d:%d:PostgreSQL:/var/lib/postgresql:/bin/sh\n", user, user), 0o644)
	text("etc/group", fmt.Sprintf("root:x:0:\npostgres:x:%d:\n", user), 0o644)
	text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", 0o644)
	folder("tmp", 0o1777, 0)
	folder("var/lib/postgresql", 0o755, user)
	folder(dataFolder, 0o700, user)
	folder("var/run/postgresql", 0o755, user)
	for _, applet := range applets {
		root["bin/"+applet] = file{header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "busybox"}}
	}
}

// archive writes the entries in the order of their names, with their folders before them and without times, so that
// equal files give an equal digest.
func archive(root files) ([]byte, error) {
	for name := range maps.Clone(root) {
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			if _, present := root[folder]; !present {
				root[folder] = file{header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
			}
		}
	}
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(root)) {
		entry := root[name]
		header := &tar.Header{
			Typeflag: entry.header.Typeflag, Name: name, Linkname: entry.header.Linkname, Mode: entry.header.Mode,
			Uid: entry.header.Uid, Gid: entry.header.Gid, Size: int64(len(entry.content)), Format: tar.FormatPAX,
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := writer.Write(entry.content); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	err := writer.Close() // which pads the last file, and writes the end of the archive
	return buffer.Bytes(), err
}
