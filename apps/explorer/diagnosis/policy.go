package diagnosis

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/policy"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// denied reports whether network policies deny the connection, and explains which. It knows only the policies of the
// namespace.
func (c call) denied() (Diagnosis, bool) {
	to, port, known := c.destination()
	if !known {
		return Diagnosis{}, false
	}
	return c.deniedAt(to, port)
}

// deniedAt is like denied, for a connection to a port of a peer.
func (c call) deniedAt(to policy.Peer, port int32) (Diagnosis, bool) {
	finding := policy.Check(c.policies, c.seen.Namespace, c.callerPod(), to, core.ProtocolTCP, port)
	if finding.Allowed {
		return Diagnosis{}, false
	}
	side, way := c.from.Name, "out to "+c.to.Name
	if finding.Direction == policy.Ingress {
		side, way = c.to.Name, "in"
	}
	detail := fmt.Sprintf("The network policies of %s do not let %s %s at port %d. Its Pods are selected for %s by %s, "+
		"and no rule of these policies allows it.",
		side, c.from.Name, way, port, finding.Direction, prose.List(finding.Policies))
	code := failure.Policy
	if measured := c.measured.Failure; measured.Code != failure.Refused && measured.Code != failure.Timeout {
		code, detail = measured.Code, measured.Detail+" "+detail
	}
	return diagnosed(c.seen, code, PolicyDenied, detail,
		"describe networkpolicy %s", strings.Join(finding.Policies, " ")), true
}

func (c call) callerPod() policy.Peer {
	peer := policy.Peer{Labels: c.caller.Labels}
	if at := slices.IndexFunc(c.caller.Pods, func(pod network.Pod) bool { return pod.Name == c.measured.From }); at >= 0 {
		peer.IP = c.caller.Pods[at].IP
	}
	return peer
}

// destination returns the Pod and the port to which policies apply: those behind the address to which the caller
// connects. known is false if the explorer cannot determine them.
func (c call) destination() (peer policy.Peer, port int32, known bool) {
	if c.to.Kind == contract.ExternalNode {
		return c.outside()
	}
	endpoint, found := c.readyEndpoint()
	if !found || c.behind == nil {
		return policy.Peer{}, 0, false
	}
	return podAt(*c.behind, endpoint.Address), endpoint.Port, true
}

// readyEndpoint returns the first endpoint that takes connections.
func (c call) readyEndpoint() (endpoint network.Endpoint, found bool) {
	at := slices.IndexFunc(c.service.Endpoints, func(one network.Endpoint) bool { return one.Ready && one.Port != 0 })
	if at < 0 {
		return network.Endpoint{}, false
	}
	return c.service.Endpoints[at], true
}

// peer returns the called workload's Pod at an address.
func (c call) peer(address string) policy.Peer {
	workload, _ := c.seen.Workload(c.to.Workload)
	return podAt(workload, address)
}

func podAt(workload network.Workload, address string) policy.Peer {
	return policy.Peer{Labels: workload.Labels, IP: address, Ports: workload.NamedPorts()}
}

// outside returns a destination outside the namespace. It is unknown for a Service of another namespace, because
// policies apply to the addresses of the Pods behind it.
func (c call) outside() (peer policy.Peer, port int32, known bool) {
	if address, err := netip.ParseAddr(c.target.Host); err == nil {
		return policy.Peer{External: true, IP: address.String()}, int32(c.target.Port), true
	}
	if strings.Contains(c.target.Host+".", ".svc.") || c.measured.Resolution == nil ||
		len(c.measured.Resolution.Addresses) == 0 {
		return policy.Peer{}, 0, false
	}
	return policy.Peer{External: true, IP: c.measured.Resolution.Addresses[0].String()}, int32(c.target.Port), true
}
