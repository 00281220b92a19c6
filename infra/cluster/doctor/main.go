// Command doctor checks whether the embedded cluster can run on this machine. It is a program of its own, because it compiles
// in a fraction of the time that the cluster takes: it runs before the cluster is built.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func main() {
	dir := flag.String("root", ".local", "folder of the binaries and of the cluster's state")
	unbuilt := flag.Bool("unbuilt", false, "leave out what make builds and installs, and print only what keeps the cluster from running")
	flag.Parse()
	// Root by way of `su` has a PATH without the folders that runc, iptables and ipset are in.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := run(*dir, *unbuilt); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, unbuilt bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	machine := preflight.Machine{Root: layout.Root(dir), Versions: !unbuilt, Unbuilt: unbuilt}
	if os.Geteuid() == 0 { // others cannot read the state folder
		if machine.Running, err = sandbox.PID(machine.Root); err != nil {
			return err
		}
	}
	findings := preflight.Examine(machine)
	if unbuilt {
		return preflight.Failures(findings)
	}
	if err := preflight.WriteTable(os.Stdout, findings); err != nil {
		return err
	}
	if preflight.Failures(findings) != nil {
		return errors.New("the cluster cannot run on this machine; see the remedies above")
	}
	return nil
}
