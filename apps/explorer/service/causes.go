package service

import (
	"errors"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// cause returns the failing call on the map that explains why a purchase failed: from the explorer to the service of
// the failed step, or from that service to another node. It returns nil if there is none.
func (s *site) cause(err error) *calls.Call {
	var step *traces.StepError
	if !errors.As(err, &step) {
		return nil
	}
	var found *calls.Call
	for _, call := range s.Observer.Calls() {
		if call.State != calls.Failing {
			continue
		}
		from, _ := s.Topology.Node(call.From)
		switch {
		case from.Kind == contract.ExplorerNode && call.To == step.Peer && step.Status == 0:
			return &call
		case call.From == step.Peer && strings.Contains(step.Detail, call.To):
			return &call // the service's answer names the server that it could not reach
		case call.From == step.Peer && step.Status != 0 && found == nil:
			found = &call
		}
	}
	return found
}

// causes returns the failing calls on the map, by the number of the failed hop over the same connection.
func (s *site) causes(trace traces.Trace) map[string]calls.Call {
	found := map[string]calls.Call{}
	for _, call := range s.Observer.Calls() {
		for _, hop := range trace.Hops {
			if hop.Failed && call.State == calls.Failing && hop.From == call.From && hop.To == call.To {
				found[hop.Number] = call
			}
		}
	}
	return found
}
