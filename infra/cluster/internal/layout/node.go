package layout

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// MaxNodes is the largest number of nodes. Each takes about 300 MB of memory.
const MaxNodes = 9

// firstNode is the name of the node that every cluster has, and the prefix of the other names.
const firstNode = "demo"

// Node is the number of a node, from 1 to MaxNodes.
type Node int

// Name returns the name of the node in Kubernetes: demo, demo-2, demo-3 and so on.
func (n Node) Name() string {
	if n == 1 {
		return firstNode
	}
	return fmt.Sprintf("%s-%d", firstNode, int(n))
}

// IP returns the node's address on the bridge.
func (n Node) IP() string { return fmt.Sprintf("10.123.0.%d", int(n)+1) }

// HostIP returns the address on the host's loopback that serves the node's NodePorts.
func (n Node) HostIP() string { return fmt.Sprintf("127.81.0.%d", int(n)) }

// MAC returns the hardware address of the node's network device. It never changes: the other nodes cache it, and could
// not reach a restarted node that has another one.
func (n Node) MAC() string { return fmt.Sprintf("02:00:0a:7b:00:%02x", int(n)+1) }

// ParseNode returns the node with a name.
func ParseNode(name string) (Node, error) {
	for n := Node(1); n <= MaxNodes; n++ {
		if n.Name() == name {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%q is not the name of a node: the names are %s, %s and so on, up to %s",
		name, Node(1).Name(), Node(2).Name(), Node(MaxNodes).Name())
}

// NodeState returns a path below the state folder of one node.
func (r Root) NodeState(n Node, elem ...string) string {
	return r.State(append([]string{"nodes", n.Name()}, elem...)...)
}

// Nodes returns the nodes of the cluster, which are those with a state folder, in order.
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

// ComponentLog returns the path of a component's log by its name in `cluster status`: "etcd", or "demo-2/kubelet" for a
// component of a node.
func (r Root) ComponentLog(name string) string {
	if node, component, found := strings.Cut(name, "/"); found {
		return r.State("nodes", node, "log", component+".log")
	}
	return r.Log(name)
}
