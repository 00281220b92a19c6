// Package diagnosis says why a call fails: from what was measured inside of the caller's Pod, and from what the cluster
// says about the way.
package diagnosis

import (
	"fmt"
	"slices"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// Cluster is the state of the cluster; a *network.Watcher is one.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Of returns the cause of a failed call and sentences for a person: what is wrong, and where to look. Both are empty if the
// call was measured to work. The first step on the request's way that explains what was measured is the cause: the name,
// the Service's endpoints, its port, the network policies, the answer.
//
// What the cluster says is newer than the measurement, or older: a cause that the measurement contradicts is none.
func Of(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, measured measure.Measurement,
) (failure.Code, string) {
	if measured.Failure == nil {
		return "", ""
	}
	code, detail := measured.Failure.Code, measured.Failure.Detail
	if measured.Connection != nil {
		return code, afterConnecting(seen.Namespace, from, to, measured)
	}
	if seen.Problem != "" {
		return code, detail + " What the cluster says about it is not known at the moment."
	}
	call := newCall(seen, policies, topology, from, to, measured)
	if why := call.noEndpoints(); why != "" {
		return failure.NoEndpoints, why
	}
	if call.unresolved() {
		return failure.DNS, call.whyUnresolved()
	}
	if why := call.wrongPort(); why != "" {
		return code, why
	}
	switch why := call.denied(); {
	case why == "":
		return code, call.unconnected()
	case code == failure.Refused || code == failure.Timeout:
		return failure.Policy, why
	default:
		return code, detail + " " + why
	}
}

// call is one whose connection did not come about.
type call struct {
	seen     network.Network
	policies []networking.NetworkPolicy
	topology contract.Topology
	from, to contract.Node
	measured measure.Measurement

	target contract.Target
	// caller is the workload that calls.
	caller network.Workload
	// service is what is called; not found if it is outside of the namespace, or missing.
	service network.Service
	found   bool
	// behind is the workload whose Pods the Service selects; nil if there is none.
	behind *network.Workload
}

func newCall(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, measured measure.Measurement,
) call {
	c := call{seen: seen, policies: policies, topology: topology, from: from, to: to, measured: measured}
	c.target, _ = contract.ParseTarget(to.URL) // the topology has been checked when it was read
	c.caller, _ = seen.Workload(from.Workload)
	if to.Kind == contract.ExternalNode {
		return c
	}
	if c.service, c.found = seen.Service(to.Name); c.found && len(c.service.Selector) > 0 {
		selector := labels.SelectorFromSet(c.service.Selector)
		at := slices.IndexFunc(seen.Workloads, func(workload network.Workload) bool { return selector.Matches(labels.Set(workload.Labels)) })
		if at >= 0 {
			c.behind = &seen.Workloads[at]
		}
	}
	return c
}

// look ends an explanation with the command that shows what it is about.
func look(namespace, format string, arguments ...any) string {
	return " Look at: kubectl -n " + namespace + " " + fmt.Sprintf(format, arguments...)
}

// unconnected is for what nothing above explains.
func (c call) unconnected() string {
	if !c.found && c.to.Kind != contract.ExternalNode {
		return c.missing() // DNS servers remember its name for some seconds
	}
	if !c.found {
		return c.measured.Failure.Detail + " " + c.to.Name + " is outside of the namespace " + c.seen.Namespace + ", of which alone the explorer can tell more."
	}
	ready := 0
	for _, endpoint := range c.service.Endpoints {
		if endpoint.Ready {
			ready++
		}
	}
	has := fmt.Sprintf("%s The Service %s has %s, and ", c.measured.Failure.Detail, c.service.Name, prose.Count(ready, "ready endpoint"))
	if c.behind == nil {
		return has + "the explorer does not know what is behind them: no workload of the demo has Pods that it selects." +
			look(c.seen.Namespace, "describe service %s", c.service.Name)
	}
	return has + "no network policy of the namespace denies the call." +
		look(c.seen.Namespace, "logs -l %s --tail=20", labels.FormatLabels(c.service.Selector))
}
