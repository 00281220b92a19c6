package hostcheck

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

	// The state of a new cluster takes 280 MB; with the demo it takes about 800 MB.
	diskMinimum, diskAdvised = 500, 1500 // MB
	// The processes of a new cluster take 530 MB at first; the demo's Pods request another 480 MB.
	memoryMinimum, memoryAdvised = 600, 1500 // MB

	// etcd allocates its log in files of 64 MB, and exits if it cannot.
	diskLow = 64 // MB
)

func disk(m Machine) []Finding {
	folder := existing(m.Root.State())
	free, err := freeDisk(folder)
	if err != nil {
		return []Finding{{
			"disk", Warning, fmt.Sprintf("cannot read the free space of %s: %v", folder, err), "check it with `df`",
		}}
	}
	return []Finding{enough("disk", folder, free, diskMinimum, diskAdvised, "free space on the disk of "+folder)}
}

// CheckFull returns an error if the disk of a running cluster is full or almost full. Its status file may then be
// stale.
func CheckFull(root layout.Root) error {
	free, err := freeDisk(root.State())
	if err == nil && free < diskLow {
		err = fmt.Errorf("%s has only %d MB of disk free, so components may have exited: free space, and they restart",
			root.State(), free)
	}
	return err
}

// freeDisk returns the free space on the disk of a folder, in MB.
func freeDisk(folder string) (int64, error) {
	var system unix.Statfs_t
	err := unix.Statfs(folder, &system)
	return int64(system.Bavail) * system.Bsize / megabyte, err
}

func memory(m Machine) []Finding {
	if m.Running != 0 { // the running cluster already has its memory
		return nil
	}
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return []Finding{{"memory", Warning, err.Error(), "mount /proc"}}
	}
	free := availableMemory(content)
	return []Finding{enough("memory", "this machine", free, memoryMinimum, memoryAdvised, "stop programs that use much memory")}
}

// enough compares the free amount of a resource with the amounts that the cluster and the demo need, all in MB.
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

// availableMemory returns MemAvailable from proc_meminfo(5), in MB.
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

// existing returns path, or the nearest parent folder that exists.
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
		return []Finding{{Check: "state folder", Result: OK, Found: folder + " will be created"}}
	}
	if err != nil {
		return []Finding{{"state folder", Failed, err.Error(), "check its owner and mode"}}
	}
	if !info.IsDir() {
		return []Finding{{
			"state folder", Failed, folder + " is not a folder, and the cluster keeps its state there", "move it away",
		}}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return []Finding{{
			"state folder", Failed,
			fmt.Sprintf("%s holds the administrator's key, but its mode %04o lets other users in", folder, mode),
			"`chmod 700 " + folder + "`",
		}}
	}
	if err := m.Root.CheckVersion(); err != nil {
		if refused, ok := errors.AsType[*layout.VersionError](err); ok {
			return []Finding{{"state folder", Failed, refused.Problem, refused.Remedy}}
		}
		return []Finding{{"state folder", Failed, err.Error(), "check the file's owner and mode"}}
	}
	return []Finding{{Check: "state folder", Result: OK, Found: folder + stateVersion(m) + running(m)}}
}

// stateVersion returns the version of Kubernetes that last used the state, as a part of a sentence.
func stateVersion(m Machine) string {
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
