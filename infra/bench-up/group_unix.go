//go:build unix

package main

import "syscall"

// ownGroup gives a command a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
