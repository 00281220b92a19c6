// Package postgres makes a PostgreSQL image from Debian's packages, for machines that reach no image registry.
//
// The image honours the environment contract of the official one (https://hub.docker.com/_/postgres): POSTGRES_USER,
// POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE, POSTGRES_DB, POSTGRES_INITDB_ARGS and PGDATA. It runs as uid 999, needs
// no more than PGDATA, /tmp and /var/run/postgresql to be writable, and holds what the server and its command line
// tools need and nothing else: no package system, Perl, documentation, translations, or LLVM.
package postgres

import (
	"embed"
	"strings"
)

const (
	// version is the PostgreSQL that the Debian release has.
	version = "15"

	// user is the uid and gid of postgres, the same as in the official image, so that volumes can change hands.
	user = 999

	serverFolder = "usr/lib/postgresql/" + version
	shareFolder  = "usr/share/postgresql/" + version
	dataFolder   = "var/lib/postgresql/data"

	entrypoint    = "usr/local/bin/docker-entrypoint.sh"
	createCluster = "usr/local/bin/create-cluster.sh"

	searchPath = "PATH=/usr/local/bin:/" + serverFolder + "/bin:/usr/bin:/bin"
)

// packages are extracted with all that they depend on; see keep for what of that goes into the image.
var packages = []string{"postgresql-" + version, "busybox", "tzdata"}

// applets are the BusyBox commands in the image. initdb and the entrypoint need a shell and a few file commands; the
// others are for people who look around with `kubectl exec`.
var applets = strings.Fields("sh cat chmod cp date df env grep head hostname id ls mkdir mktemp mv nc nslookup od ps rm rmdir " +
	"sed sleep sort tail tar test touch tr wc wget")

// keep says which extracted files go into the image, shared libraries apart: those follow from what needs them.
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
	// The licences of everything stay with it; the rest of the documentation goes.
	return strings.HasPrefix(path, "usr/share/doc/") && strings.HasSuffix(path, "/copyright")
}

// sources are the files that decide what is in the image.
//
//go:embed docker-entrypoint.sh create-cluster.sh
//go:embed recipe.go cache.go inside.go inside_linux.go cluster.go control.go image.go
var sources embed.FS
