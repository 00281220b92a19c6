package service

import (
	"errors"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// cause returns the call that explains why a purchase stopped, as the map shows it: that of the explorer to the service that
// it asked, or one of this service to another. It returns nil if the map shows none that fails.
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
			return &call // the service names what it could not reach
		case call.From == step.Peer && step.Status != 0 && found == nil:
			found = &call
		}
	}
	return found
}

// causes are the calls that fail on the map at the moment, by the hops of the trace that failed there.
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
