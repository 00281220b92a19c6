package postgres

import (
	"archive/tar"
	_ "embed" // for the scripts
	"fmt"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/debian"
)

//go:embed docker-entrypoint.sh
var entrypointScript string

//go:embed create-cluster.sh
var createClusterScript string

// assemble returns an image with the files in one layer.
func assemble(root debian.Files) (v1.Image, error) {
	return debian.Image(root, v1.Config{
		User:         fmt.Sprintf("%d:%d", user, user),
		Entrypoint:   []string{path.Base(entrypoint)},
		Cmd:          []string{"postgres"},
		ExposedPorts: map[string]struct{}{"5432/tcp": {}},
		StopSignal:   "SIGINT", // PostgreSQL's fast shutdown, which disconnects clients
		Env:          []string{searchPath, "LANG=C.UTF-8", "PG_MAJOR=" + version, "PGDATA=/" + dataFolder},
	})
}

// addOwnFiles adds the scripts, the accounts, the BusyBox commands, and the folders that the server writes to.
func addOwnFiles(root debian.Files) {
	text := func(name, content string, mode int64) {
		root[name] = debian.File{Header: tar.Header{Typeflag: tar.TypeReg, Mode: mode}, Content: []byte(content)}
	}
	folder := func(name string, mode int64, owner int) {
		root[name] = debian.File{Header: tar.Header{Typeflag: tar.TypeDir, Mode: mode, Uid: owner, Gid: owner}}
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
		root["bin/"+applet] = debian.File{Header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "busybox"}}
	}
}
