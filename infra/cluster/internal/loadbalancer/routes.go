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

// hostClients contains every client of a listener on a loopback address.
var hostClients = netip.MustParsePrefix("127.0.0.0/8")

// routes returns the listeners of a Service on its address, each with its route: to the NodePort on a node that can
// serve it, as with the load balancers of clouds, or to the ClusterIP if the port has no NodePort.
func (c *Controller) routes(service *corev1.Service, at netip.Addr, balance *balancer, sources []netip.Prefix) map[front]hostnet.Route {
	routes := map[front]hostnet.Route{}
	for _, port := range service.Spec.Ports {
		route := c.toNodes(service, port.NodePort, balance)
		if port.NodePort == 0 {
			route = hostnet.To(fmt.Sprintf("%s:%d", service.Spec.ClusterIP, port.Port))
		}
		routes[front{port.Protocol, netip.AddrPortFrom(at, uint16(port.Port))}] = from(sources, route)
	}
	return routes
}

// toNodes returns a route to a NodePort. With externalTrafficPolicy Local it leads only to nodes with an endpoint,
// where kube-proxy does not replace the client's address, which is the load balancer's.
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

// affinityTimeout returns the time that a client stays on its node after its last connection.
func affinityTimeout(service *corev1.Service) time.Duration {
	seconds := corev1.DefaultClientIPServiceAffinitySeconds
	if config := service.Spec.SessionAffinityConfig; config != nil && config.ClientIP != nil {
		seconds = ptr.Deref(config.ClientIP.TimeoutSeconds, seconds)
	}
	return time.Duration(seconds) * time.Second
}

// from restricts a route to clients in the given networks.
func from(sources []netip.Prefix, route hostnet.Route) hostnet.Route {
	return func(client netip.Addr) []string {
		if !slices.ContainsFunc(sources, func(source netip.Prefix) bool { return source.Contains(client) }) {
			return nil
		}
		return route(client)
	}
}

// sourceRanges returns the networks whose clients may connect to a Service.
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
