//go:build unix

package databasetest

import "syscall"

// account is a user of this machine and its group.
type account = syscall.Credential
