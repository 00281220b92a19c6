package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

// Topology is the JSON of a contract.Topology with the workloads that have been added and the calls that have been
// declared until now: the nodes of the namespace first, in the order of Add, then those outside in the order of the calls.
func (n *Network) Topology() pulumi.StringOutput {
	n.told = true
	// The nodes that the calls go to stand behind those of the namespace, one for each call.
	members, calls := len(n.workloads), slices.Clone(n.calls)
	var nodes []any
	for _, member := range n.workloads {
		nodes = append(nodes, member.node())
	}
	for _, call := range calls {
		nodes = append(nodes, call.from.node(), call.To.node())
	}
	return pulumi.All(nodes...).ApplyT(func(resolved []any) (string, error) {
		topology := contract.Topology{Nodes: []contract.Node{}, Calls: []contract.Call{}}
		for _, node := range resolved[:members] {
			named(&topology, node)
		}
		for i, call := range calls {
			from, to := resolved[members+2*i], resolved[members+2*i+1]
			topology.Calls = append(topology.Calls, contract.Call{
				From: named(&topology, from), To: named(&topology, to), Variable: call.Variable,
			})
		}
		text, err := json.Marshal(topology)
		if err != nil {
			return "", fmt.Errorf("write the topology: %w", err)
		}
		return string(text), nil
	}).(pulumi.StringOutput)
}

// named adds the node to the topology, unless it is there, and returns its name there. Two ports of one external host are
// two nodes: the second has the port in its name.
func named(topology *contract.Topology, resolved any) string {
	node, _ := resolved.(contract.Node)
	if same, found := topology.Node(node.Name); found && same.URL != node.URL {
		if target, err := contract.ParseTarget(node.URL); err == nil {
			node.Name = target.Address()
		}
	}
	if _, found := topology.Node(node.Name); !found {
		topology.Nodes = append(topology.Nodes, node)
	}
	return node.Name
}
