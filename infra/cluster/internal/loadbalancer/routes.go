package loadbalancer

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// hostClients is where the clients of a load balancer on loopback addresses come from.
var hostClients = netip.MustParsePrefix("127.0.0.0/8")

// routes are the listeners of a Service on its address, and the way from each: to the Service's NodePort on a node that
// can serve it, as with the load balancers of clouds, or to its ClusterIP where it has no NodePorts.
func (c *Controller) routes(service *corev1.Service, at netip.Addr, balance *balancer, sources []netip.Prefix) map[front]hostnet.Route {
	routes := map[front]hostnet.Route{}
	for _, port := range service.Spec.Ports {
		way := c.toNodes(service, port.NodePort, balance)
		if port.NodePort == 0 {
			way = hostnet.To(fmt.Sprintf("%s:%d", service.Spec.ClusterIP, port.Port))
		}
		routes[front{port.Protocol, netip.AddrPortFrom(at, uint16(port.Port))}] = from(sources, way)
	}
	return routes
}

// toNodes leads to a NodePort. With externalTrafficPolicy Local only nodes with an endpoint answer: there kube-proxy
// leaves the client's address, which is the load balancer's, as it is.
func (c *Controller) toNodes(service *corev1.Service, nodePort int32, balance *balancer) hostnet.Route {
	return func(client netip.Addr) []string {
		nodes := c.nodes.healthy()
		if helpers.RequestsOnlyLocalTraffic(service) {
			nodes = c.nodes.serving(service)
		}
		var addresses []string
		for _, node := range nodes {
			addresses = append(addresses, fmt.Sprintf("%s:%d", internalIP(node), nodePort))
		}
		if service.Spec.SessionAffinity == corev1.ServiceAffinityClientIP {
			return balance.sticky(client, addresses, affinityTimeout(service))
		}
		return balance.inTurn(addresses)
	}
}

// affinityTimeout is how long a client stays on its node after it has last connected.
func affinityTimeout(service *corev1.Service) time.Duration {
	seconds := corev1.DefaultClientIPServiceAffinitySeconds
	if config := service.Spec.SessionAffinityConfig; config != nil && config.ClientIP != nil {
		seconds = ptr.Deref(config.ClientIP.TimeoutSeconds, seconds)
	}
	return time.Duration(seconds) * time.Second
}

// from lets in the clients of the given networks alone.
func from(sources []netip.Prefix, way hostnet.Route) hostnet.Route {
	return func(client netip.Addr) []string {
		if !slices.ContainsFunc(sources, func(source netip.Prefix) bool { return source.Contains(client) }) {
			return nil
		}
		return way(client)
	}
}

// sourceRanges are the networks whose clients a Service lets in.
func sourceRanges(service *corev1.Service) ([]netip.Prefix, error) {
	networks, err := helpers.GetLoadBalancerSourceRanges(service)
	if err != nil {
		return nil, err
	}
	var sources []netip.Prefix
	for _, network := range networks.StringSlice() {
		source, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}
