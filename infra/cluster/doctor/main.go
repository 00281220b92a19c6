// Command doctor checks whether the embedded cluster can run on this machine. `make doctor` runs it. It is a program of
// its own, because it runs before the cluster is built and compiles in a fraction of the time. See package hostcheck
// for the checks.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func main() {
	dir := flag.String("root", ".local", "folder of the binaries and of the cluster's state")
	unbuilt := flag.Bool("unbuilt", false, "skip the programs that make builds and installs, and print only the failures")
	flag.Parse()
	// After `su`, root's PATH lacks the folders of runc and nft.
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
	machine := hostcheck.Machine{Root: layout.Root(dir), Versions: !unbuilt, Unbuilt: unbuilt}
	if os.Geteuid() == 0 { // only root can read the state folder
		if machine.Running, err = sandbox.PID(machine.Root); err != nil {
			return err
		}
	}
	findings := hostcheck.Examine(machine)
	if unbuilt {
		return hostcheck.Failures(findings)
	}
	if err := hostcheck.WriteTable(os.Stdout, findings); err != nil {
		return err
	}
	if hostcheck.Failures(findings) != nil {
		return errors.New("the cluster cannot run on this machine; see the remedies above")
	}
	return nil
}
