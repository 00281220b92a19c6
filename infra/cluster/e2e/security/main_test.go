//go:build e2e

// Package security tests that nobody gets more of the cluster, or by the cluster, than is meant for them: the network of the
// machine, other users of it, containers, and the cluster's own components.
package security

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// What the shell that starts the cluster has: a variable and an open file that are nobody's business.
const (
	userVariable = "PASSWORD_OF_THE_USER"
	userFile     = "/var/tmp/kubernetes-networking-e2e-open-file"
)

// The main thread is what /proc tells of a process. It must not be one that enters another network.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	if err := beACarelessUser(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	clustertest.Main(m, 2)
}

// beACarelessUser makes the worst of what the cluster may be started with.
func beACarelessUser() error {
	unix.Umask(0)
	if err := os.Setenv(userVariable, "secret"); err != nil {
		return err
	}
	// Without CLOEXEC, which Go's own os.OpenFile sets, so that the command inherits it.
	if _, err := unix.Open(userFile, unix.O_CREAT|unix.O_RDWR, 0o600); err != nil {
		return err
	}
	return os.Remove(userFile) // it stays open, and keeps its name in /proc
}
