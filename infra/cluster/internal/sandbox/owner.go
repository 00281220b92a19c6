package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// owner is the process that holds the lock, as written in the lock file.
type owner struct {
	pid     int
	started uint64 // in clock ticks since boot, because process IDs are reused
	// The namespaces that the cluster was started in, such as net:[4026531840].
	pidNamespace, netNamespace string
}

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
	path := root.State("lock")
	content, err := os.ReadFile(path)
	if err != nil {
		return owner{}, err
	}
	var found owner
	_, err = fmt.Sscan(string(content), &found.pid, &found.started, &found.pidNamespace, &found.netNamespace)
	if err != nil {
		return owner{}, fmt.Errorf("%[1]s must contain the process ID, the start time and the namespaces of the cluster, "+
			"and contains %[2]q (%[3]w): find the process that holds the file with `fuser -v %[1]s`, and stop it",
			path, content, err)
	}
	return found, nil
}

func (o owner) checkPIDNamespace() error { return checkNamespace("pid", "PID", o.pidNamespace) }

// CheckReachable returns an error if the cluster was started in another network namespace. Its ports are on the
// loopback of that namespace.
func CheckReachable(root layout.Root) error {
	found, err := readOwner(root)
	if err != nil {
		return err
	}
	return checkNamespace("net", "network", found.netNamespace)
}

func checkNamespace(kind, name, started string) error {
	own, err := namespace(kind)
	if err != nil || own == started {
		return err
	}
	return fmt.Errorf("the cluster was started in another %s namespace (%s; this is %s): run the command there, "+
		"or stop the cluster there first", name, started, own)
}

// namespace returns the identity of this process's namespace of a kind.
func namespace(kind string) (string, error) { return os.Readlink("/proc/thread-self/ns/" + kind) }

// startTime returns when a process started, in clock ticks since boot: field 22 of proc_pid_stat(5).
func startTime(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// Field 2, the name, is in parentheses and may contain any character.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const afterName = 22 - 3
	if len(fields) <= afterName {
		return 0, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	return strconv.ParseUint(fields[afterName], 10, 64)
}
