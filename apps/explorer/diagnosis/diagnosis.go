// Package diagnosis explains why a call fails. It combines the measurement from inside the caller's Pod with the state
// of the cluster: Services, endpoints, Pods and network policies. Packages calls, prover and story use it.
//
// Start with [Of]. Each other file explains one step of a request: the name, the endpoints, the port, the policies, the
// answer.
package diagnosis

import (
	"fmt"
	"slices"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// Cluster is the state of the cluster. *network.Watcher implements it.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Of explains why a call failed. It checks the steps of a request in order: the name, the Service's endpoints, its
// port, the network policies, the answer. The first step that explains the measurement is the cause. Of returns the
// zero Diagnosis if the call works.
//
// The state of the cluster may be newer or older than the measurement. Of never returns a cause that the measurement
// contradicts.
func Of(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, measured probe.Measurement,
) Diagnosis {
	if measured.Failure == nil {
		return Diagnosis{}
	}
	if measured.Connection != nil {
		return afterConnecting(seen, to, measured)
	}
	if seen.Problem != "" {
		return unavailable(measured)
	}
	call := newCall(seen, policies, topology, from, to, measured)
	steps := []func() (Diagnosis, bool){call.noEndpoints, call.unresolved, call.wrongPort, call.outdatedEndpoints, call.denied}
	for _, explain := range steps {
		if found, ok := explain(); ok {
			return found
		}
	}
	return call.unconnected()
}

// OfPod explains why a connection to a Pod's own address failed. Such a connection uses no name and no Service.
func OfPod(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, pod network.Pod, port int32,
	measured probe.Measurement,
) Diagnosis {
	switch {
	case measured.Failure == nil:
		return Diagnosis{}
	case measured.Connection != nil:
		return afterConnecting(seen, to, measured)
	case seen.Problem != "":
		return unavailable(measured)
	}
	call := newCall(seen, policies, topology, from, to, measured)
	if found, ok := call.deniedAt(call.peer(pod.IP), port); ok {
		return found
	}
	return diagnosed(seen, measured.Failure.Code, Unexplained,
		measured.Failure.Detail+" No network policy of the namespace denies the connection.", "describe pod %s", pod.Name)
}

// DeniedDNS reports whether the network policies deny DNS to a caller, and explains it.
func DeniedDNS(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from contract.Node,
) (Diagnosis, bool) {
	return newCall(seen, policies, topology, from, contract.Node{Kind: contract.ExternalNode},
		probe.Measurement{}).dnsDenied()
}

func unavailable(measured probe.Measurement) Diagnosis {
	return Diagnosis{
		Code: measured.Failure.Code, Cause: Unexplained,
		Detail: measured.Failure.Detail + " The state of the cluster is currently unknown.",
	}
}

// call is a call whose connection failed.
type call struct {
	seen     network.Network
	policies []networking.NetworkPolicy
	topology contract.Topology
	from, to contract.Node
	measured probe.Measurement

	target contract.Target
	// caller is the calling workload.
	caller network.Workload
	// service is the called Service. found is false if it is outside the namespace, or does not exist.
	service network.Service
	found   bool
	// behind is the workload whose Pods the Service selects; nil if there is none.
	behind *network.Workload
}

func newCall(
	seen network.Network, policies []networking.NetworkPolicy, topology contract.Topology, from, to contract.Node, measured probe.Measurement,
) call {
	c := call{seen: seen, policies: policies, topology: topology, from: from, to: to, measured: measured}
	c.target, _ = contract.ParseTarget(to.URL) // ParseTopology has validated the URL
	c.caller, _ = seen.Workload(from.Workload)
	if to.Kind == contract.ExternalNode {
		return c
	}
	if c.service, c.found = seen.Service(to.Name); c.found && len(c.service.Selector) > 0 {
		selector := labels.SelectorFromSet(c.service.Selector)
		at := slices.IndexFunc(seen.Workloads,
			func(workload network.Workload) bool { return selector.Matches(labels.Set(workload.Labels)) })
		if at >= 0 {
			c.behind = &seen.Workloads[at]
		}
	}
	return c
}

// unconnected returns the diagnosis of a failed connection for which no step has an explanation.
func (c call) unconnected() Diagnosis {
	code, detail := c.measured.Failure.Code, c.measured.Failure.Detail
	if !c.found && c.to.Kind != contract.ExternalNode {
		return c.missingService() // DNS servers cache its name for some seconds
	}
	if !c.found {
		return Diagnosis{Code: code, Cause: Unexplained, Detail: fmt.Sprintf(
			"%s %s is outside the namespace %s, and the explorer can only read this namespace.", detail, c.to.Name, c.seen.Namespace)}
	}
	ready := 0
	for _, endpoint := range c.service.Endpoints {
		if endpoint.Ready {
			ready++
		}
	}
	has := fmt.Sprintf("%s The Service %s has %s, and ", detail, c.service.Name, prose.Count(ready, "ready endpoint"))
	if c.behind == nil {
		return diagnosed(c.seen, code, Unexplained, has+"it selects Pods of no workload of the demo.",
			"describe service %s", c.service.Name)
	}
	return diagnosed(c.seen, code, Unexplained, has+"no network policy of the namespace denies the call.",
		"logs -l %s --tail=20", labels.FormatLabels(c.service.Selector))
}
