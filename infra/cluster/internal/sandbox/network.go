package sandbox

import (
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// network gives the node an address and a default route, both on a bridge without ports: the cluster's network
// namespace is connected to nothing, and components only insist on having them.
func network() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback device: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("set the loopback device up: %w", err)
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "node0"}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("add a bridge (does this kernel have CONFIG_BRIDGE?): %w", err)
	}
	address, err := netlink.ParseAddr(layout.NodeCIDR)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(bridge, address); err != nil {
		return fmt.Errorf("give the node the address %s: %w", layout.NodeCIDR, err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return fmt.Errorf("set the bridge up: %w", err)
	}
	everywhere := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: bridge.Attrs().Index, Dst: everywhere}); err != nil {
		return fmt.Errorf("add a default route: %w", err)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("let the node forward between Pods: %w", err)
	}
	return nil
}
