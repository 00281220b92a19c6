package progress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// goToolWork returns the work of the longest-running compiler or linker in the process group, or "" if none runs. The go
// command does not print which package it waits for.
func goToolWork(group int) string {
	if group == 0 {
		return ""
	}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return ""
	}
	work, first := "", uint64(0)
	for _, process := range processes {
		stat, err := os.ReadFile(filepath.Join(process, "stat"))
		if err != nil {
			continue // it has ended
		}
		// The name in parentheses may hold spaces. The fields after it begin with state, ppid and pgrp; starttime is the
		// 20th of them (proc_pid_stat(5)).
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 20 || fields[2] != strconv.Itoa(group) {
			continue
		}
		begun, err := strconv.ParseUint(fields[19], 10, 64)
		if err != nil || work != "" && begun >= first {
			continue
		}
		cmdline, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err != nil {
			continue
		}
		if found := workOf(strings.Split(string(cmdline), "\x00")); found != "" {
			work, first = found, begun
		}
	}
	return work
}

// workOf returns what a command line compiles or links, or "" if it does neither.
func workOf(words []string) string {
	switch filepath.Base(words[0]) {
	case "link":
		return "linking"
	case "compile":
		if i := slices.Index(words, "-p"); i >= 0 && i+1 < len(words) {
			return fmt.Sprintf("compiling %s", words[i+1])
		}
	}
	return ""
}
