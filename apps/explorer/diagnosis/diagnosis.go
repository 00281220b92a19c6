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
	"example.com/kubernetes-networking/apps/internal/measure"
)

// Cluster is the state of the cluster; a *network.Watcher is one.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Of explains why a call failed. The first step on the request's way that explains what was measured is the cause: the name,
// the Service's endpoints, its port, the network policies, the answer. It returns the zero Diagnosis if the call works.
//
// The cluster's state is newer than the measurement, or older: a cause that the measurement contradicts is not returned.
func Of(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, measured measure.Measurement,
) Diagnosis {
	if measured.Failure == nil {
		return Diagnosis{}
	}
	if measured.Connection != nil {
		return afterConnecting(seen, to, measured)
	}
	if seen.Problem != "" {
		return unseen(measured)
	}
	call := newCall(seen, policies, topology, from, to, measured)
	for _, explain := range []func() (Diagnosis, bool){call.noEndpoints, call.unresolved, call.wrongPort, call.denied} {
		if found, is := explain(); is {
			return found
		}
	}
	return call.unconnected()
}

// OfPod explains why a connection to a Pod's own address failed. No name and no Service is on its way.
func OfPod(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, pod network.Pod, port int32,
	measured measure.Measurement,
) Diagnosis {
	switch {
	case measured.Failure == nil:
		return Diagnosis{}
	case measured.Connection != nil:
		return afterConnecting(seen, to, measured)
	case seen.Problem != "":
		return unseen(measured)
	}
	call := newCall(seen, policies, topology, from, to, measured)
	if found, is := call.deniedAt(call.peer(pod.IP), port); is {
		return found
	}
	return diagnosed(seen, measured.Failure.Code, Unexplained,
		measured.Failure.Detail+" No network policy of the namespace denies the connection.", "describe pod %s", pod.Name)
}

// DeniedDNS explains that the network policies deny DNS to a caller, and reports whether they do.
func DeniedDNS(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from contract.Node,
) (Diagnosis, bool) {
	return newCall(seen, policies, topology, from, contract.Node{Kind: contract.ExternalNode}, measure.Measurement{}).dnsDenied()
}

func unseen(measured measure.Measurement) Diagnosis {
	return Diagnosis{
		Code: measured.Failure.Code, Cause: Unexplained,
		Detail: measured.Failure.Detail + " The state of the cluster is not available at the moment.",
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

// unconnected is for what nothing above explains.
func (c call) unconnected() Diagnosis {
	code, detail := c.measured.Failure.Code, c.measured.Failure.Detail
	if !c.found && c.to.Kind != contract.ExternalNode {
		return c.missing() // DNS servers remember its name for some seconds
	}
	if !c.found {
		return Diagnosis{Code: code, Cause: Unexplained, Detail: fmt.Sprintf(
			"%s %s is outside of the namespace %s, and the explorer reads this namespace alone.", detail, c.to.Name, c.seen.Namespace)}
	}
	ready := 0
	for _, endpoint := range c.service.Endpoints {
		if endpoint.Ready {
			ready++
		}
	}
	has := fmt.Sprintf("%s The Service %s has %s, and ", detail, c.service.Name, prose.Count(ready, "ready endpoint"))
	if c.behind == nil {
		return diagnosed(c.seen, code, Unexplained, has+"no workload of the demo has Pods that it selects.", "describe service %s", c.service.Name)
	}
	return diagnosed(c.seen, code, Unexplained, has+"no network policy of the namespace denies the call.",
		"logs -l %s --tail=20", labels.FormatLabels(c.service.Selector))
}
