//go:build unix && !linux

package databasetest

import "syscall"

func attributes(owner *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner}
}
