package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// status prints the state of every component.
func status(root layout.Root) error {
	pid, err := sandbox.PID(root)
	if err != nil {
		return err
	}
	if pid == 0 {
		return errNotRunning
	}
	current, err := readStatus(root)
	if err != nil {
		return err
	}
	uptime := time.Since(current.Started).Round(time.Second)
	fmt.Printf("process 1: %d   ready: %v   up: %s\n", pid, current.Serving(), uptime)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tSTATE\tRESTARTS\tSINCE\tLOG")
	for _, c := range current.Components {
		since := c.Since.Format(time.TimeOnly)
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", c.Name, c.State, c.Restarts, since, root.ComponentLog(c.Name))
	}
	return errors.Join(table.Flush(), hostcheck.CheckFull(root))
}

// readStatus returns the status of the control plane, with the components of the running nodes.
func readStatus(root layout.Root) (supervisor.Status, error) {
	status, err := supervisor.ReadStatus(root.State("status.json"))
	if err != nil {
		return status, err
	}
	for _, c := range status.Components {
		node, err := layout.ParseNode(c.Name)
		if err != nil || c.State == supervisor.Stopped {
			continue // not a node, or a node without processes
		}
		nodeStatus, err := supervisor.ReadStatus(root.NodeState(node, "status.json"))
		if err != nil {
			continue // the node's supervisor has not started yet
		}
		for _, component := range nodeStatus.Components {
			component.Name = c.Name + "/" + component.Name
			status.Components = append(status.Components, component)
		}
	}
	return status, nil
}
