package databasetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
)

// debianBinaries is the path in Debian's package, with a folder for each major version. It is not in PATH.
const debianBinaries = "/usr/lib/postgresql/*/bin/initdb"

// findBinaries returns the folder of initdb and postgres.
func findBinaries() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		// PATH may hold a single link; the other programs are beside its target.
		if found, err = filepath.EvalSymlinks(found); err == nil {
			return filepath.Dir(found), nil
		}
	}
	found, err := filepath.Glob(debianBinaries)
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	if len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL: install it, on Debian with `apt-get install postgresql`")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// findOwner returns the user for PostgreSQL if the test runs as root, because PostgreSQL refuses to run as root.
func findOwner() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		found, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL cannot run as root, and neither the user postgres nor nobody exists: %w", err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the user id of %s: %w", found.Username, err)
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group id of %s: %w", found.Username, err)
	}
	return &account{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// freePort returns an unused loopback port below 32768, where the kernel's range for outgoing connections starts.
func freePort(ctx context.Context) (string, error) {
	var failed error
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(12000))
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			return port, listener.Close()
		}
		failed = err
	}
	return "", fmt.Errorf("find a free port for the database: %w", failed)
}
