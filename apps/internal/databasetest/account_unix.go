//go:build unix

package databasetest

import "syscall"

// account is a user and group of the machine.
type account = syscall.Credential
