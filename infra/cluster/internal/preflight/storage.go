package preflight

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

const (
	megabyte = 1 << 20

	// The state of a new cluster takes 280 MB, and with the demo about 800.
	diskMinimum, diskAdvised = 500, 1500 // MB
	// All processes of a new cluster take 530 MB, and more later on; the demo's Pods request 480.
	memoryMinimum, memoryAdvised = 600, 1500 // MB

	// etcd takes room for its log in pieces of 64 MB, and ends where there is none.
	diskLow = 64 // MB
)

func disk(m Machine) []Finding {
	folder := existing(m.Root.State())
	free, err := freeDisk(folder)
	if err != nil {
		return []Finding{{"disk", Warning, fmt.Sprintf("%s does not tell what is free: %v", folder, err), "look with `df`"}}
	}
	return []Finding{enough("disk", folder, free, diskMinimum, diskAdvised, "make room on the disk of "+folder)}
}

// CheckFull returns an error where a cluster that runs has, or is about to have, no room for what it writes: what its status says
// may be old then.
func CheckFull(root layout.Root) error {
	free, err := freeDisk(root.State())
	if err == nil && free < diskLow {
		err = fmt.Errorf("%s has only %d MB of disk free, so that components may have ended: make room on its disk, and they come back", root.State(), free)
	}
	return err
}

// freeDisk is what is free where a folder is, in MB.
func freeDisk(folder string) (int64, error) {
	var system unix.Statfs_t
	err := unix.Statfs(folder, &system)
	return int64(system.Bavail) * system.Bsize / megabyte, err
}

func memory(m Machine) []Finding {
	if m.Running != 0 { // it has what it needs
		return nil
	}
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return []Finding{{"memory", Warning, err.Error(), "mount /proc"}}
	}
	return []Finding{enough("memory", "this machine", availableMemory(content), memoryMinimum, memoryAdvised, "end programs that need much of it")}
}

// enough compares what is free of something, in MB, with what is needed.
func enough(check, where string, free, minimum, advised int64, remedy string) Finding {
	found := fmt.Sprintf("%s has %d MB of %s free", where, free, check)
	switch {
	case free < minimum:
		return Finding{check, Failed, fmt.Sprintf("%s, and the cluster needs %d", found, minimum), remedy}
	case free < advised:
		return Finding{check, Warning, fmt.Sprintf("%s, and the demo needs %d", found, advised), remedy}
	}
	return Finding{Check: check, Result: OK, Found: found}
}

// availableMemory reads MemAvailable of proc_meminfo(5), in MB.
func availableMemory(meminfo []byte) int64 {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		var kilobytes int64
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &kilobytes); n == 1 {
			return kilobytes / 1024
		}
	}
	return 0
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

func state(m Machine) []Finding {
	folder := m.Root.State()
	info, err := os.Stat(folder)
	if errors.Is(err, os.ErrNotExist) {
		return []Finding{{Check: "state folder", Result: OK, Found: folder + " will be made"}}
	}
	if err != nil {
		return []Finding{{"state folder", Failed, err.Error(), "look at its owner and its mode"}}
	}
	if !info.IsDir() {
		return []Finding{{"state folder", Failed, folder + " is no folder, and the cluster keeps its state there", "move it away"}}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return []Finding{{
			"state folder", Failed, fmt.Sprintf("%s holds the administrator's key and has mode %04o, which lets others in", folder, mode),
			"`chmod 700 " + folder + "`",
		}}
	}
	return []Finding{{Check: "state folder", Result: OK, Found: folder + madeFor(m) + running(m)}}
}

// madeFor is the version of Kubernetes that the state was last used by.
func madeFor(m Machine) string {
	content, err := os.ReadFile(m.Root.State("kubeadm.yaml"))
	if err != nil {
		return "" // not started yet
	}
	_, rest, _ := strings.Cut(string(content), "kubernetesVersion: ")
	version, _, _ := strings.Cut(rest, "\n")
	return ", Kubernetes " + version
}

func running(m Machine) string {
	if m.Running == 0 {
		return ", no cluster runs"
	}
	return fmt.Sprintf(", a cluster runs as process %d", m.Running)
}
