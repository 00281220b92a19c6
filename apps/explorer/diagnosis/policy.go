package diagnosis

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/policy"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// denied explains which network policies do not let the connection through, or returns "" if they do, or if the explorer
// cannot tell.
func (c call) denied() string {
	to, port, known := c.callee()
	if !known {
		return ""
	}
	finding := policy.Check(c.policies, c.seen.Namespace, c.callerPod(), to, core.ProtocolTCP, port)
	if finding.Allowed {
		return ""
	}
	side, way := c.from.Name, "out to "+c.to.Name
	if finding.Direction == policy.Ingress {
		side, way = c.to.Name, "in"
	}
	return fmt.Sprintf("The network policies of %s do not let %s %s at port %d. For %s its Pods are selected by %s, and no rule of these allows it.",
		side, c.from.Name, way, port, finding.Direction, prose.List(finding.Policies)) +
		look(c.seen.Namespace, "describe networkpolicy %s", strings.Join(finding.Policies, " "))
}

func (c call) callerPod() policy.Peer {
	peer := policy.Peer{Labels: c.caller.Labels}
	if at := slices.IndexFunc(c.caller.Pods, func(pod network.Pod) bool { return pod.Name == c.measured.From }); at >= 0 {
		peer.IP = c.caller.Pods[at].IP
	}
	return peer
}

// callee is what the policies see behind the address that the caller connects to.
func (c call) callee() (peer policy.Peer, port int32, known bool) {
	if c.to.Kind == contract.ExternalNode {
		return c.outside()
	}
	at := slices.IndexFunc(c.service.Endpoints, func(endpoint network.Endpoint) bool { return endpoint.Ready && endpoint.Port != 0 })
	if at < 0 || c.behind == nil {
		return policy.Peer{}, 0, false
	}
	ports := map[string]int32{}
	for _, declared := range c.declaredPorts() {
		ports[declared.Name] = declared.Port
	}
	endpoint := c.service.Endpoints[at]
	return policy.Peer{Labels: c.behind.Labels, IP: endpoint.Address, Ports: ports}, endpoint.Port, true
}

// outside is known unless it is a Service of another namespace: policies see the address of what is behind that.
func (c call) outside() (peer policy.Peer, port int32, known bool) {
	if address, err := netip.ParseAddr(c.target.Host); err == nil {
		return policy.Peer{External: true, IP: address.String()}, int32(c.target.Port), true
	}
	if strings.Contains(c.target.Host+".", ".svc.") || c.measured.Resolution == nil || len(c.measured.Resolution.Addresses) == 0 {
		return policy.Peer{}, 0, false
	}
	return policy.Peer{External: true, IP: c.measured.Resolution.Addresses[0].String()}, int32(c.target.Port), true
}
