package prover

import (
	"fmt"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// expect returns the verdict that follows from the topology, and the reason.
func (p *Prover) expect(from contract.Node, source network.Pod, target target) (matrix.Verdict, string) {
	to := target.to.Name
	switch {
	case target.kind == matrix.Localhost && from.Kind == contract.ExplorerNode:
		return matrix.Allowed, "The probe is in the same Pod, and the containers of a Pod share localhost."
	case target.kind == matrix.Localhost:
		return matrix.Denied, "Each Pod has its own localhost, and nothing listens on this one."
	case target.kind == matrix.Control && target.to.Kind == contract.ExplorerNode:
		return matrix.Denied, "The probe listens only on 127.0.0.1: its port is closed at the Pod's address, even to its own Pod."
	case target.pod.IP != "" && target.pod.IP == source.IP:
		return matrix.Allowed, "No policy separates a Pod from itself."
	case target.kind == matrix.Control && target.to.Kind == contract.ServiceNode && from.Kind == contract.ExplorerNode:
		return matrix.Allowed, "The explorer measures through this port."
	case target.kind == matrix.Control && target.to.Kind == contract.ServiceNode:
		return matrix.Denied, "Only the explorer may use the probe port."
	}
	if variable, declared := p.declared(from.Name, to); declared {
		return matrix.Allowed, fmt.Sprintf("%s is declared to call %s (%s).", from.Name, to, variable)
	}
	if target.kind == matrix.Service && target.to.Workload == from.Workload {
		return matrix.Either, "A Pod that calls its own Service may reach itself, which no policy denies, or another Pod, which " +
			"is not declared."
	}
	if target.kind == matrix.External && p.alike(from.Name, target.to) {
		return matrix.Either, fmt.Sprintf("%s is declared to call another server outside at the same port, and policies cannot "+
			"distinguish servers by name.", from.Name)
	}
	if to == contract.APIServerHost {
		// https://kubernetes.io/docs/concepts/services-networking/network-policies/
		return matrix.Either, "No call is declared, but the Kubernetes API may run on the Pod's own node, and policies do not " +
			"separate a Pod from its node."
	}
	return matrix.Denied, fmt.Sprintf("No call from %s to %s is declared.", from.Name, to)
}

// declared returns the variable that declares a call.
func (p *Prover) declared(from, to string) (variable string, declared bool) {
	for _, call := range p.topology.Calls {
		if call.From == from && call.To == to {
			return call.Variable, true
		}
	}
	return "", false
}

// alike reports whether a caller is declared to call another server outside at the same port as to.
func (p *Prover) alike(from string, to contract.Node) bool {
	wanted, _ := contract.ParseTarget(to.URL)
	for _, call := range p.topology.Calls {
		node, _ := p.topology.Node(call.To)
		if call.From != from || node.Kind != contract.ExternalNode {
			continue
		}
		if other, err := contract.ParseTarget(node.URL); err == nil && other.Port == wanted.Port {
			return true
		}
	}
	return false
}
