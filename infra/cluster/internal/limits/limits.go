// Package limits sets the resource limits of the cluster's processes, see setrlimit(2). Without it, every process and
// container would inherit the limits of the user's shell. Package sandbox raises them; package hostcheck checks that
// they suffice.
package limits

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Limit is the limit of one resource.
type Limit struct {
	// Name is the name in pam_limits(8), systemd (LimitNOFILE) and Docker (--ulimit).
	Name string
	// Description follows a value, as in "1024 open files".
	Description string
	// Flag is the option of the shell's ulimit.
	Flag string
	// Minimum is the lowest value that the cluster works with.
	Minimum uint64
	// Maximum is the value that the processes get if possible.
	Maximum uint64

	resource int
}

// Unlimited is the value of a resource without a limit.
const Unlimited = unix.RLIM_INFINITY

// All are the limits that can break a cluster. containerd opens 12 files for a Pod with one container, and 6 for each
// further container: with 1024 files it fails at about 70 Pods, and a node allows 110. The maximum of open files is
// that of containerd's own systemd unit. It is not higher because containers inherit it, and some programs try to close
// every possible file when they start. The limit on processes counts all processes of a user, across Pods.
var All = []Limit{
	{Name: "nofile", Description: "open files", Flag: "-n", Minimum: 4096, Maximum: 1 << 20, resource: unix.RLIMIT_NOFILE},
	{Name: "nproc", Description: "processes and threads", Flag: "-u", Minimum: 4096, Maximum: Unlimited, resource: unix.RLIMIT_NPROC},
	{Name: "fsize", Description: "bytes in a file", Flag: "-f", Minimum: Unlimited, Maximum: Unlimited, resource: unix.RLIMIT_FSIZE},
	{Name: "as", Description: "bytes of address space", Flag: "-v", Minimum: Unlimited, Maximum: Unlimited, resource: unix.RLIMIT_AS},
	{Name: "data", Description: "bytes of data", Flag: "-d", Minimum: Unlimited, Maximum: Unlimited, resource: unix.RLIMIT_DATA},
	{Name: "cpu", Description: "seconds of processor time", Flag: "-t", Minimum: Unlimited, Maximum: Unlimited, resource: unix.RLIMIT_CPU},
}

// Raise sets the soft and the hard limits of this process to the maximum, or to the hard limit if this process cannot
// exceed it. Children inherit them. This includes the limit on open files: Go raises its own soft limit at the start,
// but its children get the original one.
func Raise() error {
	var errs []error
	for _, limit := range All {
		reachable, err := limit.Reachable()
		if err == nil {
			err = limit.set(reachable, reachable)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("set the limit %s: %w", limit.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Reachable returns the value that Raise would set. It does not change the limits.
func (l Limit) Reachable() (uint64, error) {
	var current unix.Rlimit
	if err := unix.Getrlimit(l.resource, &current); err != nil {
		return 0, err
	}
	maximum := l.Maximum
	if l.resource == unix.RLIMIT_NOFILE {
		maximum = min(maximum, nrOpen())
	}
	if current.Max >= maximum {
		return maximum, nil
	}
	// This needs CAP_SYS_RESOURCE, which root in a container or a micro-VM may lack.
	if l.set(current.Cur, maximum) != nil {
		return current.Max, nil
	}
	return maximum, l.set(current.Cur, current.Max)
}

func (l Limit) set(soft, hard uint64) error {
	return unix.Setrlimit(l.resource, &unix.Rlimit{Cur: soft, Max: hard})
}

// nrOpen returns the highest limit on open files that the kernel accepts.
func nrOpen() uint64 {
	content, err := os.ReadFile("/proc/sys/fs/nr_open")
	if err != nil {
		return Unlimited
	}
	highest, err := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return Unlimited
	}
	return highest
}
