package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Topology is what the Pulumi program has declared, as it tells the explorer: who there is, and who calls whom. What is
// not among the calls is denied.
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
	// ExplorerNode is the Service of the sidecar Pod's web page.
	ExplorerNode Kind = "explorer"
	// CollectorNode is the Service where the same Pod takes traces.
	CollectorNode Kind = "collector"
	// ExternalNode is outside of the namespace, such as the Kubernetes API or a managed database.
	ExternalNode Kind = "external"
)

var kinds = []Kind{ServiceNode, DatabaseNode, ExplorerNode, CollectorNode, ExternalNode}

// Node is something that calls or is called. All but external ones are a Service with Pods behind it.
type Node struct {
	// Name is the Service's, or the host name of what is external.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Workload is the name of the Deployment or StatefulSet behind the Service; empty for what is external.
	Workload string `json:"workload"`
	// URL is what callers use. Its scheme says what is expected there, see Allowlist.
	URL string `json:"url"`
	// PodPort is where the Pods listen; 0 for what is external.
	PodPort int `json:"podPort"`
	// Owner is the service that a database belongs to.
	Owner string `json:"owner,omitempty"`
}

// APIServerHost is the DNS name that Kubernetes gives its own API in every cluster, and the name of its node.
const APIServerHost = "kubernetes.default.svc"

// Call is a declared call from one node, by its name, to another.
type Call struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Variable of the caller's environment that holds the callee's address, which is what declares the call.
	Variable string `json:"variable"`
}

// ParseTopology reads the JSON of a Topology. The error says what does not fit together in it.
func ParseTopology(text string) (Topology, error) {
	var topology Topology
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&topology); err != nil {
		return Topology{}, fmt.Errorf("read the topology: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Topology{}, errors.New("read the topology: there is more behind its end")
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
			return fmt.Errorf("node %q is of the kind %q, which is none of %q", node.Name, node.Kind, kinds)
		}
		if _, err := ParseTarget(node.URL); err != nil {
			return fmt.Errorf("node %q: %w", node.Name, err)
		}
		if seen[node.Name] {
			return fmt.Errorf("node %q is there twice", node.Name)
		}
		seen[node.Name] = true
	}
	for _, call := range t.Calls {
		if !seen[call.From] || !seen[call.To] {
			return fmt.Errorf("the call from %q to %q is not between two nodes", call.From, call.To)
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
