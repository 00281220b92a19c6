package loadbalancer

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// hostIP is the loopback address of the host that stands for a node: that of 10.123.0.2, the first, is 127.81.0.1.
func hostIP(node netip.Addr) (netip.Addr, bool) {
	last := node.As4()[3]
	return netip.AddrFrom4([4]byte{127, 81, 0, last - 1}), last > 1
}

// syncNodePorts lets the host reach a Service's NodePorts, on the address of each node's own.
func (c *Controller) syncNodePorts(ctx context.Context, key string, service *corev1.Service) error {
	want := map[front]hostnet.Route{}
	for _, node := range c.nodes.all() {
		inside := internalIP(node)
		outside, has := hostIP(inside)
		if !has {
			continue
		}
		for _, port := range service.Spec.Ports {
			if port.NodePort != 0 && supported(port) {
				at := front{port.Protocol, netip.AddrPortFrom(outside, uint16(port.NodePort))}
				want[at] = hostnet.To(fmt.Sprintf("%s:%d", inside, port.NodePort))
			}
		}
	}
	err := c.nodePorts.set(ctx, key, want)
	if err != nil {
		c.warn(service, "NodePortTaken", err)
	}
	return err
}
