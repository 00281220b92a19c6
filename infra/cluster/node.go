package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/controlplane"
	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// nodeTimeout bounds the start of a node, which takes a few seconds.
const nodeTimeout = time.Minute

var errNotRunning = errors.New("no cluster is running: start it with `make cluster`")

func newNodeCommand(root func() (layout.Root, error)) *cobra.Command {
	command := &cobra.Command{Use: "node", Short: "stop, start and enter a node of the running cluster"}
	for _, action := range []struct {
		name, short string
		run         func(layout.Root, layout.Node) error
	}{
		{"stop", "kill all processes of a node, like a power cut", stopNode},
		{"start", "start a node that was stopped, and wait until it is Ready", startNode},
	} {
		command.AddCommand(&cobra.Command{
			Use: action.name + " NAME", Short: action.short,
			RunE: func(_ *cobra.Command, args []string) error {
				if len(args) != 1 {
					return fmt.Errorf("cluster node %[1]s takes the name of one node, as in `cluster node %[1]s demo`", action.name)
				}
				r, node, err := runningNode(root, args[0])
				if err != nil {
					return err
				}
				return action.run(r, node)
			},
		})
	}
	command.AddCommand(newNodeShellCommand(root))
	return command
}

// runningNode returns the folder of a running cluster, and the node with a name.
func runningNode(root func() (layout.Root, error), name string) (layout.Root, layout.Node, error) {
	r, err := root()
	if err != nil {
		return "", 0, err
	}
	node, err := layout.ParseNode(name)
	if err != nil {
		return "", 0, err
	}
	pid, err := sandbox.PID(r)
	if err == nil && pid == 0 {
		err = errNotRunning
	}
	return r, node, err
}

func stopNode(root layout.Root, node layout.Node) error {
	changed, err := controlplane.StopNode(root, node)
	if err != nil {
		return err
	}
	if !changed {
		fmt.Printf("node %[1]s is cut off already. To bring it back: cluster node start %[1]s\n", node.Name())
		return nil
	}
	after, err := eviction.After(root)
	if err != nil {
		return err
	}
	fmt.Printf("node %[1]s is cut off. Kubernetes marks it as NotReady within 50 s, "+
		"and %[2]s later it evicts the node's Pods\n"+
		"(a Pod's tolerationSeconds can change that). To watch it: kubectl get nodes,pods -o wide --all-namespaces --watch\n"+
		"To bring it back: cluster node start %[1]s\n", node.Name(), after)
	return nil
}

func startNode(root layout.Root, node layout.Node) error {
	since := time.Now()
	changed, err := controlplane.StartNode(root, node)
	if err != nil {
		return err
	}
	if !changed {
		fmt.Printf("node %s runs already\n", node.Name())
		since = time.Time{} // accept any earlier report of its kubelet
	}
	client, err := apiclient.New(root.Kubeconfig())
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, nodeTimeout)
	defer cancel()
	err = supervisor.Poll(ctx, 50*time.Millisecond, func(ctx context.Context) error {
		return controlplane.CheckNodeReady(ctx, client, node.Name(), since)
	})
	if err != nil {
		return fmt.Errorf("node %s is not Ready within %s: %w (logs: %s)",
			node.Name(), nodeTimeout, err, root.NodeState(node, "log"))
	}
	fmt.Printf("node %s is Ready\n", node.Name())
	return nil
}

// describeNodes lists the nodes that run, and those that the user stopped.
func describeNodes(root layout.Root, status supervisor.Status) (string, error) {
	all, err := root.Nodes()
	if err != nil {
		return "", err
	}
	var running, stopped []layout.Node
	for _, node := range all {
		if status.State(node.Name()) == supervisor.Stopped {
			stopped = append(stopped, node)
		} else {
			running = append(running, node)
		}
	}
	if len(stopped) == 0 {
		return nodeNames(running), nil
	}
	return fmt.Sprintf("%s (cut off: %s)", nodeNames(running), nodeNames(stopped)), nil
}

func nodeNames(nodes []layout.Node) string {
	var names []string
	for _, node := range nodes {
		names = append(names, node.Name())
	}
	switch len(nodes) {
	case 0:
		return "no node"
	case 1:
		return "node " + names[0]
	}
	return "nodes " + strings.Join(names, ", ")
}
