package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const gigabyte = 1 << 30

// What a first build takes: module cache, build cache, and the binaries with the state of a cluster. After a cold
// `make up` they measured 2.5, 5.1 and 1.4 GB; each is rounded up.
const (
	moduleSpace = 3 * gigabyte
	buildSpace  = 6 * gigabyte
	localSpace  = 2 * gigabyte
)

// checkDisk fails before anything is built when the disk is too small for a first build: minutes later the
// compiler would say so in a less friendly way. Later builds find the caches filled.
func (b *builder) checkDisk(ctx context.Context, targets []binary) error {
	for _, target := range targets {
		if _, err := os.Stat(b.local("bin", target.name)); err == nil {
			return nil
		}
	}
	out, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		return fmt.Errorf("find the Go caches: %w", err)
	}
	caches := strings.Split(strings.TrimSpace(string(out)), "\n")
	modules, builds := caches[0], caches[1]
	needs := map[string]int64{}    // bytes for each file system, by the number of its device
	folders := map[string]string{} // one folder on it
	free := map[string]int64{}
	for _, use := range []struct {
		folder string
		bytes  int64
	}{{modules, moduleSpace}, {builds, buildSpace}, {b.local(), localSpace}} {
		folder := existing(use.folder)
		var file syscall.Stat_t
		var system syscall.Statfs_t
		if syscall.Stat(folder, &file) != nil || syscall.Statfs(folder, &system) != nil {
			continue // a file system that does not tell is no reason to stop
		}
		device := fmt.Sprint(file.Dev) // an integer of another type on each system, as is the size of a block
		needs[device] += use.bytes
		free[device] = int64(system.Bavail * uint64(system.Bsize))
		folders[device] = folder
	}
	for device, bytes := range needs {
		if free[device] < bytes {
			return fmt.Errorf("a first build needs about %d GB on the disk of %s (Go's module cache %s, build cache %s, and .local), but %d GB are free: "+
				"make room, or move the caches with GOMODCACHE and GOCACHE", bytes/gigabyte, folders[device], modules, builds, free[device]/gigabyte)
		}
	}
	b.report.say("first build: about %d GB of disk and 10 to 15 minutes on two cores; later ones take what changed", (moduleSpace+buildSpace+localSpace)/gigabyte)
	return nil
}

// existing is path, or the nearest folder above it that exists.
func existing(path string) string {
	for path != filepath.Dir(path) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
		path = filepath.Dir(path)
	}
	return path
}
