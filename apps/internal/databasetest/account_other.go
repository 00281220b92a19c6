//go:build !unix

package databasetest

import "syscall"

// account is a user of this machine and its group. No process can be given one here.
type account struct{ Uid, Gid uint32 }

func attributes(*account) *syscall.SysProcAttr { return nil }
