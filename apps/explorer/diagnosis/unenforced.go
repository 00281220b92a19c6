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

// maxNamed is how many connections a sentence names.
const maxNamed = 3

// Open is a connection that was made and is not declared.
type Open struct {
	From, To contract.Node
	// Port is that of the Pods.
	Port int32
}

// Unenforced explains why connections were made that are not declared: there are no network policies, or they allow it, or
// the cluster does not enforce them.
func Unenforced(seen network.Network, policies []networking.NetworkPolicy, open ...Open) string {
	connections := named(open)
	if seen.Problem != "" {
		return "Connections are open that are not declared: " + connections + ". The network policies are not available at the moment."
	}
	if len(policies) == 0 {
		return fmt.Sprintf("There are no NetworkPolicies in the namespace %s, so that every connection is open, such as %s. "+
			"Create them again: make up", seen.Namespace, connections)
	}
	for _, one := range open {
		if one.allowed(seen, policies) {
			return fmt.Sprintf("The NetworkPolicies of the namespace %s allow connections that are not declared, such as %s: "+
				"they were changed, or some were deleted. Restore them: make up", seen.Namespace, named([]Open{one}))
		}
	}
	return fmt.Sprintf("The cluster does not enforce NetworkPolicies: they deny %s, and the connection was made. It needs a network "+
		"plugin that enforces them, such as Calico, Cilium or kube-router.", connections)
}

func (o Open) allowed(seen network.Network, policies []networking.NetworkPolicy) bool {
	from, _ := seen.Workload(o.From.Workload)
	to, _ := seen.Workload(o.To.Workload)
	return policy.Check(policies, seen.Namespace, podAt(from, ""), podAt(to, ""), core.ProtocolTCP, o.Port).Allowed
}

// named is "a to b, c to d, e to f and 7 more".
func named(open []Open) string {
	var names []string
	for _, one := range open {
		names = append(names, one.From.Name+" to "+one.To.Name)
	}
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
