// Package hostcheck checks whether the embedded cluster can run on this machine, and names a remedy for everything that
// prevents it. `cluster up` calls Check before it starts anything; `make doctor` prints all findings.
//
// The list of checks below is the place to start reading. Each check is a function in a file of its own.
package hostcheck

import (
	"errors"
	"fmt"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Result is how serious a Finding is.
type Result string

const (
	// OK denotes a check that passed.
	OK Result = "ok"
	// Warning denotes a problem that the cluster can run with.
	Warning Result = "warning"
	// Failed denotes a problem that prevents the cluster from running.
	Failed Result = "failed"
)

// Finding is the outcome of one check.
type Finding struct {
	Check  string
	Result Result
	// Found describes the state of the machine, or the problem.
	Found string
	// Remedy is an instruction for the user. It is empty if the result is OK.
	Remedy string
}

// Machine describes the machine to check.
type Machine struct {
	Root layout.Root
	// Running is the process ID of the cluster that runs on Root, or 0.
	Running int
	// Versions includes the versions of programs, which takes longer than all other checks.
	Versions bool
	// Unbuilt skips the programs that make is about to build or install.
	Unbuilt bool
}

// checks lists the checks that follow the check of rights, in the order of the output.
var checks = []struct {
	asRoot bool // without root's rights the check is impossible, or blames the machine for missing rights
	run    func(Machine) []Finding
}{
	{true, kernel},
	{true, controlGroups},
	{false, programs},
	{false, binaries},
	{true, addresses},
	{false, disk},
	{false, memory},
	{true, fileWatchers},
	{true, processLimits},
	{true, tasks},
	{true, state},
}

// Examine runs all checks that the caller's rights permit.
func Examine(m Machine) []Finding {
	findings := rights(m)
	privileged := Failures(findings) == nil
	m.Versions = m.Versions && privileged
	for _, check := range checks {
		if privileged || !check.asRoot {
			findings = append(findings, check.run(m)...)
		}
	}
	return findings
}

// Check returns an error that lists every problem that prevents a cluster from starting on this machine, or nil.
func Check(root layout.Root) error {
	if err := CheckRoot(); err != nil {
		return err
	}
	return Failures(Examine(Machine{Root: root}))
}

// Failures returns an error that lists all findings with the result Failed, or nil.
func Failures(findings []Finding) error {
	var errs []error
	for _, f := range findings {
		if f.Result == Failed {
			errs = append(errs, fmt.Errorf("%s: %s", f.Found, f.Remedy))
		}
	}
	return errors.Join(errs...)
}
