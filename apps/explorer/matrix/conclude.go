package matrix

import (
	"fmt"
	"slices"

	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// conclude says whether the cluster enforces NetworkPolicies. What nobody declared has to stay closed where somebody
// listens; an answer to what is declared shows that the others' silence has a reason. A cluster without a network plugin
// that enforces NetworkPolicies accepts them all the same.
//
// Only Pods tell: what is outside, such as the Kubernetes API, may be on the node that a Pod runs on, and from there no
// policy cuts a Pod off.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
func (p *Prover) conclude(rows []planned) (enforced, detail string) {
	var open []diagnosis.Open
	closed, answered := 0, false
	for _, row := range rows {
		switch {
		case row.Kind == localhost || row.Expected == Either || row.FromPod == row.ToPod:
			// No policy has to do with it.
		case row.Expected == Allowed:
			answered = answered || row.Measured == Allowed || row.Measured == Unanswered
		case row.Measured == Allowed && row.target.listens:
			if !slices.ContainsFunc(open, func(one diagnosis.Open) bool { return one.From.Name == row.From && one.To.Name == row.To }) {
				open = append(open, p.open(row))
			}
		case row.Measured == Denied && row.target.listens && row.Code != failure.DNS:
			closed++
		}
	}
	switch {
	case len(open) > 0:
		return "no", diagnosis.Unenforced(p.cluster.Network(), p.cluster.Policies(), open...)
	case answered && closed > 0:
		return "yes", fmt.Sprintf("The cluster enforces NetworkPolicies: what is declared answers, and of %d connections that are not "+
			"declared, to ports where somebody listens, none was made.", closed)
	}
	return "unknown", "It is unknown whether the cluster enforces NetworkPolicies: the proof takes a declared call that is answered, and a Pod " +
		"that is ready and that others are not declared to call."
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
