package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Topology is what the Pulumi program declares: the nodes and the calls between them. The network policies deny all other
// connections. The explorer receives it as JSON.
type Topology struct {
	Nodes []Node `json:"nodes"`
	Calls []Call `json:"calls"`
}

// Kind is the role of a node.
type Kind string

// The kinds of nodes.
const (
	// ServiceNode is one of the demo's services.
	ServiceNode Kind = "service"
	// DatabaseNode is the PostgreSQL server of one service.
	DatabaseNode Kind = "database"
	// ExplorerNode is the Service of the explorer's web page.
	ExplorerNode Kind = "explorer"
	// CollectorNode is the Service of the same Pod that receives traces.
	CollectorNode Kind = "collector"
	// ExternalNode is outside the namespace, such as the Kubernetes API or a managed database.
	ExternalNode Kind = "external"
)

var kinds = []Kind{ServiceNode, DatabaseNode, ExplorerNode, CollectorNode, ExternalNode}

// Node is a caller or a callee. All nodes except external ones are a Service with Pods.
type Node struct {
	// Name is the name of the Service, or the host name of an external node.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Workload is the name of the Deployment or StatefulSet behind the Service; empty for external nodes.
	Workload string `json:"workload"`
	// URL is the address for callers. Its scheme is the expected protocol, see Allowlist.
	URL string `json:"url"`
	// PodPort is the port of the Pods; 0 for external nodes.
	PodPort int `json:"podPort"`
	// Owner is the service that a database belongs to.
	Owner string `json:"owner,omitempty"`
}

// APIServerHost is the DNS name of the Kubernetes API in every cluster, and the name of its node.
const APIServerHost = "kubernetes.default.svc"

// Call is a declared call from one node to another, by name.
type Call struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Variable is the environment variable of the caller that holds the callee's address. It declares the call.
	Variable string `json:"variable"`
}

// ParseTopology parses the JSON of a Topology and validates it.
func ParseTopology(text string) (Topology, error) {
	var topology Topology
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&topology); err != nil {
		return Topology{}, fmt.Errorf("read the topology: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Topology{}, errors.New("read the topology: data after the end")
	}
	if err := topology.check(); err != nil {
		return Topology{}, err
	}
	return topology, nil
}

func (t Topology) check() error {
	seen := map[string]bool{}
	for _, node := range t.Nodes {
		if !slices.Contains(kinds, node.Kind) {
			return fmt.Errorf("node %q has the kind %q, want one of %q", node.Name, node.Kind, kinds)
		}
		if _, err := ParseTarget(node.URL); err != nil {
			return fmt.Errorf("node %q: %w", node.Name, err)
		}
		if seen[node.Name] {
			return fmt.Errorf("node %q is declared twice", node.Name)
		}
		seen[node.Name] = true
	}
	for _, call := range t.Calls {
		if !seen[call.From] || !seen[call.To] {
			return fmt.Errorf("the call from %q to %q has an end that is not a node", call.From, call.To)
		}
	}
	return nil
}

// Node returns the node with this name.
func (t Topology) Node(name string) (Node, bool) {
	at := slices.IndexFunc(t.Nodes, func(node Node) bool { return node.Name == name })
	if at < 0 {
		return Node{}, false
	}
	return t.Nodes[at], true
}

// Declared reports whether from calls to.
func (t Topology) Declared(from, to string) bool {
	return slices.ContainsFunc(t.Calls, func(call Call) bool { return call.From == from && call.To == to })
}
