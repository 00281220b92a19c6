package topology

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

// JSON returns the contract.Topology of the graph as JSON: first the nodes of the workloads, in their order, then the
// nodes outside of the namespace, in the order of the calls.
func (g Graph) JSON() pulumi.StringOutput {
	members := len(g.Workloads)
	var nodes []any
	for _, workload := range g.Workloads {
		nodes = append(nodes, workload.node())
	}
	for _, call := range g.Calls {
		nodes = append(nodes, call.From.node(), call.To.node())
	}
	return pulumi.All(nodes...).ApplyT(func(resolved []any) (string, error) {
		topology := contract.Topology{Nodes: []contract.Node{}, Calls: []contract.Call{}}
		for _, node := range resolved[:members] {
			addNode(&topology, node)
		}
		for i, call := range g.Calls {
			from, to := resolved[members+2*i], resolved[members+2*i+1]
			topology.Calls = append(topology.Calls, contract.Call{
				From: addNode(&topology, from), To: addNode(&topology, to), Variable: call.Variable,
			})
		}
		text, err := json.Marshal(topology)
		if err != nil {
			return "", fmt.Errorf("write the topology: %w", err)
		}
		return string(text), nil
	}).(pulumi.StringOutput)
}

// addNode adds the node to the topology unless it is there already, and returns its name. Two ports of one external
// host are two nodes: the name of the second includes the port.
func addNode(topology *contract.Topology, resolved any) string {
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
