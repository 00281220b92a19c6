//go:build !unix

package databasetest

import "syscall"

// account is a user and group of the machine. It has no effect on this platform.
type account struct{ Uid, Gid uint32 }

func attributes(*account) *syscall.SysProcAttr { return nil }
