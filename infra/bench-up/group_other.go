//go:build !unix

package main

import "syscall"

// ownGroup returns nothing: only Unix has process groups.
func ownGroup() *syscall.SysProcAttr { return nil }
