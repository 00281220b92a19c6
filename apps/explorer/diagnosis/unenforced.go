package diagnosis

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/policy"
)

// maxListed bounds the connections in a sentence.
const maxListed = 3

// Open is an undeclared connection that was made.
type Open struct {
	From, To contract.Node
	// Port is the port of the Pods.
	Port int32
}

// Unenforced explains why undeclared connections were made: there are no network policies, or they allow the
// connections, or the cluster does not enforce them.
func Unenforced(seen network.Network, policies []networking.NetworkPolicy, open ...Open) string {
	connections := listCalls(open)
	if seen.Problem != "" {
		return "Undeclared connections are open: " + connections + ". The network policies are currently unknown."
	}
	if len(policies) == 0 {
		return fmt.Sprintf("There are no NetworkPolicies in the namespace %s, so every connection is open, such as %s. "+
			"Create them again: make up", seen.Namespace, connections)
	}
	for _, one := range open {
		if one.allowed(seen, policies) {
			return fmt.Sprintf("The NetworkPolicies of the namespace %s allow undeclared connections, such as %s: they were "+
				"changed, or some were deleted. Restore them: make up", seen.Namespace, listCalls([]Open{one}))
		}
	}
	return fmt.Sprintf("The cluster does not enforce NetworkPolicies: they deny %s, but the connection was made. "+
		"Install a network plugin that enforces them, such as Calico, Cilium or kube-router.", connections)
}

func (o Open) allowed(seen network.Network, policies []networking.NetworkPolicy) bool {
	from, _ := seen.Workload(o.From.Workload)
	to, _ := seen.Workload(o.To.Workload)
	return policy.Check(policies, seen.Namespace, podAt(from, ""), podAt(to, ""), core.ProtocolTCP, o.Port).Allowed
}

// listCalls returns a list such as "a to b, c to d, e to f and 7 more".
func listCalls(open []Open) string {
	var names []string
	for _, one := range open {
		names = append(names, one.From.Name+" to "+one.To.Name)
	}
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}
