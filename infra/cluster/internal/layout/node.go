package layout

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// MaxNodes is how many nodes a cluster can have. Each takes some 300 MB of memory.
const MaxNodes = 9

// firstNode is the name of the node that every cluster has, and what the others' names begin with.
const firstNode = "demo"

// Node is a node of the cluster by its number, from 1 on.
type Node int

// Name is the name of the node in Kubernetes: demo, demo-2, demo-3 and so on.
func (n Node) Name() string {
	if n == 1 {
		return firstNode
	}
	return fmt.Sprintf("%s-%d", firstNode, int(n))
}

// IP is the node's address, which the control plane and the other nodes reach it at.
func (n Node) IP() string { return fmt.Sprintf("10.123.0.%d", int(n)+1) }

// HostIP is the loopback address of the host that serves the node's NodePorts.
func (n Node) HostIP() string { return fmt.Sprintf("127.81.0.%d", int(n)) }

// MAC is the hardware address of the node's network device. It is always the same: the others remember it for a while, and
// a node that comes back would not be reached with another.
func (n Node) MAC() string { return fmt.Sprintf("02:00:0a:7b:00:%02x", int(n)+1) }

// ParseNode returns the node of that name.
func ParseNode(name string) (Node, error) {
	for n := Node(1); n <= MaxNodes; n++ {
		if n.Name() == name {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%q is no node's name: they are %s, %s-2 and so on, up to %s", name, firstNode, firstNode, Node(MaxNodes).Name())
}

// NodeState is a path below the state folder of one node.
func (r Root) NodeState(n Node, elem ...string) string {
	return r.State(append([]string{"nodes", n.Name()}, elem...)...)
}

// Nodes are the nodes that the cluster has, in their order: those with a state folder.
func (r Root) Nodes() ([]Node, error) {
	entries, err := os.ReadDir(r.State("nodes"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var nodes []Node
	for _, entry := range entries {
		if node, err := ParseNode(entry.Name()); err == nil {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return nodes, nil
}

// ComponentLog is the log file of a component by the name that the cluster's status has for it: "etcd", or
// "demo-2/kubelet" for one of a node.
func (r Root) ComponentLog(name string) string {
	if node, component, found := strings.Cut(name, "/"); found {
		return r.State("nodes", node, "log", component+".log")
	}
	return r.Log(name)
}
