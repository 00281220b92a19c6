package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/control"
	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervise"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// nodeTimeout bounds the start of a node; it needs a few seconds.
const nodeTimeout = time.Minute

func newNodeCommand(root func() (layout.Root, error)) *cobra.Command {
	command := &cobra.Command{Use: "node", Short: "cut a node off, and bring it back"}
	for _, action := range []struct {
		name, short string
		run         func(layout.Root, layout.Node) error
	}{
		{"stop", "cut a node's power: its processes end at once, and nobody tells Kubernetes", stopNode},
		{"start", "bring a node back, and wait until it is Ready", startNode},
	} {
		command.AddCommand(&cobra.Command{
			Use: action.name + " NAME", Short: action.short,
			RunE: func(_ *cobra.Command, args []string) error {
				if len(args) != 1 {
					return fmt.Errorf("cluster node %[1]s takes the name of one node, as in `cluster node %[1]s demo`", action.name)
				}
				r, err := root()
				if err != nil {
					return err
				}
				node, err := layout.ParseNode(args[0])
				if err != nil {
					return err
				}
				return action.run(r, node)
			},
		})
	}
	return command
}

func stopNode(root layout.Root, node layout.Node) error {
	changed, err := changeNode(root, node, "stop")
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
	fmt.Printf("node %[1]s is cut off. Kubernetes notes it within 50 s (NotReady), and %[2]s after that it evicts the node's Pods\n"+
		"(a Pod's tolerationSeconds can change that). To see it: kubectl get nodes,pods -o wide --all-namespaces --watch\n"+
		"To bring it back: cluster node start %[1]s\n", node.Name(), after)
	return nil
}

func startNode(root layout.Root, node layout.Node) error {
	since := time.Now()
	changed, err := changeNode(root, node, "start")
	if err != nil {
		return err
	}
	if !changed {
		fmt.Printf("node %s runs already\n", node.Name())
		since = time.Time{} // what its kubelet has said last counts
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
		return supervise.NodeReady(ctx, client, node.Name(), since)
	})
	if err != nil {
		return fmt.Errorf("node %s is not Ready within %s: %w (logs: %s)", node.Name(), nodeTimeout, err, root.NodeState(node, "log"))
	}
	fmt.Printf("node %s is Ready\n", node.Name())
	return nil
}

func changeNode(root layout.Root, node layout.Node, action string) (changed bool, err error) {
	pid, err := sandbox.PID(root)
	if err != nil {
		return false, err
	}
	if pid == 0 {
		return false, errNotRunning
	}
	return control.Node(root, node.Name(), action)
}

var errNotRunning = errors.New("no cluster is running: start it with `make cluster`")

// whichNodes says which nodes run, and which somebody has stopped.
func whichNodes(root layout.Root, status supervisor.Status) (string, error) {
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
