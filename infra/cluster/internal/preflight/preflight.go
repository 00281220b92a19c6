// Package preflight finds what would stop the cluster from running on this machine, and says what to do about it.
// `cluster up` asks it before anything is started; `make doctor` shows all that it looks at.
package preflight

import (
	"errors"
	"fmt"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Result is how serious a Finding is.
type Result string

const (
	// OK is as the cluster needs it.
	OK Result = "ok"
	// Warning lets the cluster run, with something worse than it could be.
	Warning Result = "warning"
	// Failed keeps the cluster from running.
	Failed Result = "failed"
)

// Finding is what was found at one check.
type Finding struct {
	Check  string
	Result Result
	// Found is what is there, or what is wrong.
	Found string
	// Remedy is what to do, where the result is not OK.
	Remedy string
}

// Machine is what is looked at.
type Machine struct {
	Root layout.Root
	// Running is the process id of the cluster that runs on Root, or 0.
	Running int
	// Versions asks the programs for theirs, which takes longer than everything else.
	Versions bool
	// Unbuilt leaves out the programs that make builds and installs: it is about to do so.
	Unbuilt bool
}

// checks are those that follow after the rights, in the order in which they are shown.
var checks = []struct {
	asRoot bool // others cannot look, or would blame the machine for what they may not do
	look   func(Machine) []Finding
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

// Examine looks at everything that the caller's rights allow to look at.
func Examine(m Machine) []Finding {
	findings := rights(m)
	able := Failures(findings) == nil
	m.Versions = m.Versions && able
	for _, check := range checks {
		if able || !check.asRoot {
			findings = append(findings, check.look(m)...)
		}
	}
	return findings
}

// Check returns an error for each thing that keeps a cluster from being started here, or nil.
func Check(root layout.Root) error {
	if err := CheckRoot(); err != nil {
		return err
	}
	return Failures(Examine(Machine{Root: root}))
}

// Failures returns an error for each finding that keeps the cluster from running, or nil.
func Failures(findings []Finding) error {
	var errs []error
	for _, f := range findings {
		if f.Result == Failed {
			errs = append(errs, fmt.Errorf("%s: %s", f.Found, f.Remedy))
		}
	}
	return errors.Join(errs...)
}
