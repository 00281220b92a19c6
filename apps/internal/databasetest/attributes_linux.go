package databasetest

import "syscall"

// attributes makes the kernel end PostgreSQL when the test's process dies without stopping it, after a panic or a
// time-out. Main keeps the thread that this depends on.
func attributes(owner *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGQUIT}
}
