package build

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

// The disk space of a first build: module cache, build cache, and the binaries with the state of a cluster. After a
// cold `make up` they measured 2.5, 5.1 and 1.4 GB; each is rounded up.
const (
	moduleSpace = 3 * gigabyte
	buildSpace  = 6 * gigabyte
	localSpace  = 2 * gigabyte
)

// checkDisk returns an error if the disk is too small for a first build. Without it, the compiler would fail minutes
// later with a message that names no remedy. Later builds find the caches filled.
func (b *Builder) checkDisk(ctx context.Context, targets []binary) error {
	for _, target := range targets {
		if _, err := os.Stat(b.Local("bin", target.name)); err == nil {
			return nil
		}
	}
	out, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE", "GOCACHE", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the Go caches: %w", err)
	}
	folders := strings.Split(strings.TrimSpace(string(out)), "\n")
	modules, builds, goroot := folders[0], folders[1], folders[2]
	needs := map[string]int64{}     // bytes for each file system, by the number of its device
	examples := map[string]string{} // a folder on it
	free := map[string]int64{}
	for _, use := range []struct {
		folder string
		bytes  int64
	}{{modules, moduleSpace}, {builds, buildSpace}, {b.Local(), localSpace}} {
		folder := existing(use.folder)
		var file syscall.Stat_t
		var system syscall.Statfs_t
		if syscall.Stat(folder, &file) != nil || syscall.Statfs(folder, &system) != nil {
			continue // the space is unknown, which is not a reason to stop
		}
		device := fmt.Sprint(file.Dev) // its type differs between systems, as does that of the block size
		needs[device] += use.bytes
		free[device] = int64(system.Bavail * uint64(system.Bsize))
		examples[device] = folder
	}
	for device, bytes := range needs {
		if free[device] < bytes {
			return fmt.Errorf("a first build needs about %d GB on the disk of %s (Go's module cache %s, build cache %s, and .local), but %d GB are free: "+
				"free some space, or move the caches with GOMODCACHE and GOCACHE", bytes/gigabyte, examples[device], modules, builds, free[device]/gigabyte)
		}
	}
	duration := "15 to 30 minutes"
	if estimate, err := firstBuild(goroot); err == nil {
		duration = fmt.Sprintf("about %.0f minutes on this machine, after the download of the modules", max(1, estimate.Minutes()))
	}
	b.report.Printf("first build: %s, and %d GB of disk; later builds compile only changes", duration, (moduleSpace+buildSpace+localSpace)/gigabyte)
	return nil
}

// existing returns the path, or the nearest parent folder that exists.
func existing(path string) string {
	for path != filepath.Dir(path) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
		path = filepath.Dir(path)
	}
	return path
}
