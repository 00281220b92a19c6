//go:build e2e

// Package security tests the limits of access to and through the cluster: for the machine's network, other users of the
// machine, containers, and the cluster's own components.
package security

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// A variable and an open file of the shell that starts the cluster. Containers must see neither.
const (
	userVariable = "PASSWORD_OF_THE_USER"
	userFile     = "/var/tmp/kubernetes-networking-e2e-open-file"
)

// /proc/PID shows the namespaces of the main thread, so no goroutine that enters another network may run on it.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	if err := simulateUserShell(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	clustertest.Main(m, 2)
}

// simulateUserShell sets up the worst environment that a shell may give the cluster.
func simulateUserShell() error {
	unix.Umask(0)
	if err := os.Setenv(userVariable, "secret"); err != nil {
		return err
	}
	// Without CLOEXEC, which os.OpenFile would set, so that the cluster inherits the file.
	if _, err := unix.Open(userFile, unix.O_CREAT|unix.O_RDWR, 0o600); err != nil {
		return err
	}
	return os.Remove(userFile) // the file stays open, and keeps its name in /proc
}
