package loadbalancer

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// hostIP returns the host's loopback address for a node: 127.81.0.1 for the first node, 10.123.0.2.
func hostIP(node netip.Addr) (netip.Addr, bool) {
	last := node.As4()[3]
	return netip.AddrFrom4([4]byte{127, 81, 0, last - 1}), last > 1
}

// syncNodePorts opens listeners for the NodePorts of a Service, and for its healthCheckNodePort, on the address of each
// node.
func (c *Controller) syncNodePorts(ctx context.Context, key cache.ObjectName, service *corev1.Service) error {
	want := map[front]hostnet.Route{}
	for _, node := range c.nodes.all() {
		for _, port := range nodePorts(service) {
			forwardPort(want, node, port)
		}
	}
	err := c.nodePorts.set(ctx, key, want)
	if err != nil {
		c.warn(service, "NodePortTaken", err)
	}
	return err
}

// nodePorts returns the ports of every node that belong to a Service.
func nodePorts(service *corev1.Service) []port {
	var ports []port
	for _, p := range service.Spec.Ports {
		if p.NodePort != 0 && supported(p) {
			ports = append(ports, port{p.Protocol, p.NodePort})
		}
	}
	if check := service.Spec.HealthCheckNodePort; check != 0 {
		ports = append(ports, port{corev1.ProtocolTCP, check})
	}
	return ports
}

// forwardPort adds the route from the host's address for a node to a port of that node.
func forwardPort(routes map[front]hostnet.Route, node *corev1.Node, p port) {
	inside := internalIP(node)
	if outside, ok := hostIP(inside); ok {
		routes[front{p.protocol, netip.AddrPortFrom(outside, uint16(p.number))}] = hostnet.To(fmt.Sprintf("%s:%d", inside, p.number))
	}
}
