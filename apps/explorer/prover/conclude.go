package prover

import (
	"fmt"
	"slices"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// conclude returns whether the cluster enforces NetworkPolicies, and why. Undeclared connections to listening ports
// must fail, while a declared call must be answered: otherwise the failures prove nothing. A cluster whose network
// plugin does not enforce NetworkPolicies accepts them without an error.
//
// Only connections between Pods count. A server outside, such as the Kubernetes API, may run on the Pod's own node, and
// policies do not separate a Pod from its node.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
func (p *Prover) conclude(rows []planned) (enforced, detail string) {
	var open []diagnosis.Open
	closed, answered := 0, false
	for _, row := range rows {
		switch {
		case row.Kind == matrix.Localhost || row.Expected == matrix.Either || row.FromPod == row.ToPod:
			// Policies do not affect it.
		case row.Expected == matrix.Allowed:
			answered = answered || row.Measured == matrix.Allowed || row.Measured == matrix.Unanswered
		case row.Measured == matrix.Allowed && row.target.listens:
			if !slices.ContainsFunc(open,
				func(one diagnosis.Open) bool { return one.From.Name == row.From && one.To.Name == row.To }) {
				open = append(open, p.open(row))
			}
		case row.Measured == matrix.Denied && row.target.listens && row.Code != failure.DNS:
			closed++
		}
	}
	switch {
	case len(open) > 0:
		return "no", diagnosis.Unenforced(p.cluster.Network(), p.cluster.Policies(), open...)
	case answered && closed > 0:
		return "yes", fmt.Sprintf("The cluster enforces NetworkPolicies: declared calls are answered, and all %d "+
			"undeclared connections to listening ports failed.", closed)
	}
	return "unknown", "It is unknown whether the cluster enforces NetworkPolicies: the proof needs a declared call " +
		"that is answered, and a ready Pod that others are not declared to call."
}

func (p *Prover) open(row planned) diagnosis.Open {
	from, _ := p.topology.Node(row.From)
	to, _ := p.topology.Node(row.To)
	port := int32(to.PodPort)
	if row.ToPod != "" {
		port = row.target.port()
	}
	return diagnosis.Open{From: from, To: to, Port: port}
}
