package main

import (
	"errors"
	"os"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

// doctor shows whether the cluster can run on this machine, and what to do where something is missing.
func doctor(root layout.Root) error {
	machine := preflight.Machine{Root: root, Versions: true}
	if os.Geteuid() == 0 { // others cannot read the state folder
		pid, err := sandbox.PID(root)
		if err != nil {
			return err
		}
		machine.Running = pid
	}
	findings := preflight.Examine(machine)
	if err := preflight.WriteTable(os.Stdout, findings); err != nil {
		return err
	}
	if preflight.Failures(findings) != nil {
		return errors.New("the cluster can't run on this machine: what to do is said above")
	}
	return nil
}
