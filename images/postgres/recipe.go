// Package postgres builds a PostgreSQL image from Debian's packages, for machines that cannot reach an image registry.
// Package images uses it. This file lists the image's packages and files, cache.go builds it, and docker-entrypoint.sh
// starts it.
//
// The image reads the environment variables of the official image (https://hub.docker.com/_/postgres): POSTGRES_USER,
// POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE, POSTGRES_DB, POSTGRES_INITDB_ARGS and PGDATA. It runs as uid 999, and
// writes only to PGDATA, /tmp and /var/run/postgresql. It contains only the server, its command line tools and the
// files that they need: no package manager, Perl, documentation, translations or LLVM.
package postgres

import (
	"embed"
	"strings"
)

const (
	// version is the major version of PostgreSQL in the Debian release.
	version = "15"

	// user is the uid and gid of postgres. They equal those of the official image, so that both can use the same
	// volumes.
	user = 999

	serverFolder = "usr/lib/postgresql/" + version
	shareFolder  = "usr/share/postgresql/" + version
	dataFolder   = "var/lib/postgresql/data"

	entrypoint    = "usr/local/bin/docker-entrypoint.sh"
	createCluster = "usr/local/bin/create-cluster.sh"

	searchPath = "PATH=/usr/local/bin:/" + serverFolder + "/bin:/usr/bin:/bin"
)

// packages lists the packages to extract, with their dependencies. keep selects the files.
var packages = []string{"postgresql-" + version, "busybox", "tzdata"}

// applets lists the BusyBox commands in the image. initdb and the entrypoint need a shell and a few file commands; the
// others are for debugging with `kubectl exec`.
var applets = strings.Fields("sh cat chmod cp date df env grep head hostname id ls mkdir mktemp mv nc nslookup od ps rm rmdir " +
	"sed sleep sort tail tar test touch tr wc wget")

// keep reports whether the image needs an extracted file. See debian.Keep for shared libraries.
func keep(path string) bool {
	for _, folder := range []string{
		serverFolder + "/lib/bitcode/", serverFolder + "/lib/llvmjit", serverFolder + "/lib/pgxs/", // the JIT, headers
		shareFolder + "/man/", "usr/share/zoneinfo/posix/", "usr/share/zoneinfo/right/",
	} {
		if strings.HasPrefix(path, folder) {
			return false
		}
	}
	for _, folder := range []string{
		serverFolder + "/", shareFolder + "/", "usr/share/zoneinfo/", "usr/lib/locale/C.utf8/", "bin/busybox",
	} {
		if strings.HasPrefix(path, folder) {
			return true
		}
	}
	// Keep the licences of all packages, and drop all other documentation.
	return strings.HasPrefix(path, "usr/share/doc/") && strings.HasSuffix(path, "/copyright")
}

// sources contains the files that affect the content of the image.
//
//go:embed docker-entrypoint.sh create-cluster.sh
//go:embed recipe.go cache.go inside.go inside_linux.go cluster.go control.go image.go
var sources embed.FS
