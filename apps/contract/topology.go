package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
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

// Node is something that calls or is called. All but external ones are a Service with Pods behind it.
type Node struct {
	// Name is the Service's, or the host name of what is external.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Workload is the name of the Deployment or StatefulSet behind the Service; empty for what is external.
	Workload string `json:"workload"`
	// URL is what callers use. Its scheme says what is expected there, see Reach.
	URL string `json:"url"`
	// PodPort is where the Pods listen; 0 for what is external.
	PodPort int `json:"podPort"`
	// Owner is the service that a database belongs to.
	Owner string `json:"owner,omitempty"`
}

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
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&topology); err != nil {
		return Topology{}, fmt.Errorf("read the topology: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Topology{}, errors.New("read the topology: there is more behind its end")
	}
	seen := map[string]bool{}
	for _, node := range topology.Nodes {
		if _, err := ParseTarget(node.URL); err != nil {
			return Topology{}, fmt.Errorf("node %q: %w", node.Name, err)
		}
		if seen[node.Name] {
			return Topology{}, fmt.Errorf("node %q is there twice", node.Name)
		}
		seen[node.Name] = true
	}
	for _, call := range topology.Calls {
		if !seen[call.From] || !seen[call.To] {
			return Topology{}, fmt.Errorf("the call from %q to %q is not between two nodes", call.From, call.To)
		}
	}
	return topology, nil
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

// Target is what can be measured: what is expected at a port of a host.
type Target struct {
	// Scheme is http, postgresql or tcp.
	Scheme string
	// Host is a DNS name or an address.
	Host string
	Port uint16
}

// String is the target's URL.
func (t Target) String() string { return t.Scheme + "://" + t.Address() }

// Address is host:port.
func (t Target) Address() string { return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))) }

// ParseTarget reads a URL that is nothing but a scheme, a host and a port, which http may leave out.
func ParseTarget(text string) (Target, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return Target{}, fmt.Errorf("%q is no URL", text)
	}
	bare := url.URL{Scheme: parsed.Scheme, Host: parsed.Host}
	if strings.TrimSuffix(text, "/") != bare.String() || parsed.Hostname() == "" ||
		!slices.Contains([]string{"http", "postgresql", "tcp"}, parsed.Scheme) {
		return Target{}, fmt.Errorf("%q is not http, postgresql or tcp, a host and a port, such as http://orders.shop.svc:80", text)
	}
	port := parsed.Port()
	if port == "" && parsed.Scheme == "http" {
		port = "80"
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return Target{}, fmt.Errorf("%q has no port from 1 to 65535", text)
	}
	return Target{Scheme: parsed.Scheme, Host: parsed.Hostname(), Port: uint16(number)}, nil
}

// ParseTargets reads the URLs of a Reach.
func ParseTargets(text string) ([]Target, error) {
	var targets []Target
	for one := range strings.SplitSeq(text, ",") {
		target, err := ParseTarget(one)
		if err != nil {
			return nil, err
		}
		targets = append(targets, target)
	}
	return targets, nil
}
