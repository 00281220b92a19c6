package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// owner is the process that holds the lock, as the lock file describes it.
type owner struct {
	pid     int
	started uint64 // in clock ticks since boot, since process ids are reused
	// The namespaces that the cluster was started in, such as net:[4026531840]. A cluster that an earlier version started has
	// none in its file.
	pidNamespace, netNamespace string
}

// writeOwner writes the owner of the lock to its file.
func (l *Lock) writeOwner(pid int) error {
	started, err := startTime(pid)
	if err != nil {
		return err
	}
	pidNamespace, err := namespace("pid")
	if err != nil {
		return err
	}
	netNamespace, err := namespace("net")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(l.file, pid, started, pidNamespace, netNamespace)
	return err
}

func readOwner(root layout.Root) (owner, error) {
	content, err := os.ReadFile(root.State("lock"))
	var found owner
	if err == nil {
		_, err = fmt.Sscan(string(content), &found.pid, &found.started)
	}
	if err != nil {
		return owner{}, fmt.Errorf("%s should hold a process id and its start time: %w", root.State("lock"), err)
	}
	if fields := strings.Fields(string(content)); len(fields) == 4 {
		found.pidNamespace, found.netNamespace = fields[2], fields[3]
	}
	return found, nil
}

func (o owner) checkPIDNamespace() error { return checkNamespace("pid", "PID", o.pidNamespace) }

// CheckReachable returns an error where this process is in another network namespace than the cluster was started in: the
// cluster's ports are on the loopback of that one.
func CheckReachable(root layout.Root) error {
	found, err := readOwner(root)
	if err != nil {
		return err
	}
	return checkNamespace("net", "network", found.netNamespace)
}

func checkNamespace(kind, name, started string) error {
	own, err := namespace(kind)
	if err != nil || started == "" || own == started {
		return err
	}
	return fmt.Errorf("the cluster was started in another %s namespace (%s, and this is %s): run the command there, or stop the cluster there first",
		name, started, own)
}

// namespace returns this process's namespace of a kind.
func namespace(kind string) (string, error) { return os.Readlink("/proc/thread-self/ns/" + kind) }

// startTime is when a process started, in clock ticks since boot: field 22 of proc_pid_stat(5).
func startTime(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, field 2, is in parentheses and may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const afterName = 22 - 3
	if len(fields) <= afterName {
		return 0, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	return strconv.ParseUint(fields[afterName], 10, 64)
}
