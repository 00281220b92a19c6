package podnetwork

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// protocol marks the routes of this package. rtnetlink(7) reserves the number for routing daemons; iproute2 assigns it
// to none.
const protocol netlink.RouteProtocol = 85

// route leads to a range of addresses through the node with the address via.
type route struct{ cidr, via string }

// podRoutes returns a route to the Pods of each node that has a Pod CIDR.
func podRoutes(nodes []*corev1.Node) []route {
	var routes []route
	for _, node := range nodes {
		if ip, err := internalIP(node); err == nil && node.Spec.PodCIDR != "" {
			routes = append(routes, route{node.Spec.PodCIDR, ip})
		}
	}
	return routes
}

// serviceRoutes returns a route to the ClusterIPs through the first ready node, or through the first node if none is
// ready.
func serviceRoutes(nodes []*corev1.Node) []route {
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return cmp.Compare(a.Name, b.Name) })
	i := max(0, slices.IndexFunc(nodes, ready))
	if len(nodes) == 0 {
		return nil
	}
	ip, err := internalIP(nodes[i])
	if err != nil {
		return nil
	}
	return []route{{layout.ServiceCIDR, ip}}
}

// setRoutes replaces this package's routes in the kernel with the given ones.
func setRoutes(want []route) error {
	var errs []error
	wanted := map[string]bool{}
	for _, r := range want {
		_, destination, err := net.ParseCIDR(r.cidr)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		wanted[destination.String()] = true
		if err := netlink.RouteReplace(&netlink.Route{Dst: destination, Gw: net.ParseIP(r.via), Protocol: protocol}); err != nil {
			errs = append(errs, fmt.Errorf("route %s via %s: %w", r.cidr, r.via, err))
		}
	}
	ours, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: protocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, r := range ours {
		if !wanted[r.Dst.String()] {
			errs = append(errs, netlink.RouteDel(&r))
		}
	}
	return errors.Join(errs...)
}
