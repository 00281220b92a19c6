package databasetest

import "syscall"

// attributes makes the kernel stop PostgreSQL if the test's process dies without stopping it, after a panic or a timeout.
// This depends on the thread that Main locks.
func attributes(owner *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGQUIT}
}
