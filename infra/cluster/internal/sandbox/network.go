package sandbox

import (
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// uplink is the node's network device.
const uplink = "eth0"

// clusterNetwork makes the bridge that joins the nodes to the control plane. It is connected to nothing else: the cluster
// has no way out.
func clusterNetwork() error {
	if err := loopbackUp(); err != nil {
		return err
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: layout.Bridge}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("add a bridge (does this kernel have CONFIG_BRIDGE?): %w", err)
	}
	if err := configure(bridge, layout.ControlPlaneIP); err != nil {
		return err
	}
	return forward() // a Pod's way to the others, for what comes from the control plane
}

// nodeNetwork plugs the node into the bridge of the cluster, whose network namespace is open as clusterNet.
func nodeNetwork(node layout.Node, clusterNet int) error {
	if err := loopbackUp(); err != nil {
		return err
	}
	own, err := netns.Get()
	if err != nil {
		return err
	}
	defer own.Close()
	cluster, err := netlink.NewHandleAt(netns.NsHandle(clusterNet))
	if err != nil {
		return fmt.Errorf("enter the cluster's network namespace: %w", err)
	}
	defer cluster.Close()
	bridge, err := cluster.LinkByName(layout.Bridge)
	if err != nil {
		return fmt.Errorf("find the bridge of the nodes: %w", err)
	}
	address, err := net.ParseMAC(node.MAC())
	if err != nil {
		return err
	}
	// A node that was killed a moment ago may not have left its socket yet.
	if old, err := cluster.LinkByName(node.Name()); err == nil {
		if err := cluster.LinkDel(old); err != nil {
			return fmt.Errorf("unplug the node that was: %w", err)
		}
	}
	socket := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: node.Name(), MasterIndex: bridge.Attrs().Index},
		PeerName:  uplink, PeerHardwareAddr: address, PeerNamespace: netlink.NsFd(own),
	}
	if err := cluster.LinkAdd(socket); err != nil {
		return fmt.Errorf("plug the node into the bridge (does this kernel have CONFIG_VETH?): %w", err)
	}
	if err := cluster.LinkSetUp(socket); err != nil {
		return fmt.Errorf("set the node's socket up: %w", err)
	}
	device, err := netlink.LinkByName(uplink)
	if err != nil {
		return fmt.Errorf("find the node's network device: %w", err)
	}
	if err := configure(device, node.IP()); err != nil {
		return err
	}
	return forward()
}

func loopbackUp() error {
	loopback, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(loopback)
	}
	if err != nil {
		return fmt.Errorf("set the loopback device up: %w", err)
	}
	return nil
}

// configure gives a device an address, and a default route, which leads nowhere: components only insist on having one.
func configure(device netlink.Link, ip string) error {
	address := &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(ip), Mask: net.CIDRMask(layout.NodesPrefix, 32)}}
	if err := netlink.AddrAdd(device, address); err != nil {
		return fmt.Errorf("give %s the address %s: %w", device.Attrs().Name, ip, err)
	}
	if err := netlink.LinkSetUp(device); err != nil {
		return fmt.Errorf("set %s up: %w", device.Attrs().Name, err)
	}
	everywhere := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: device.Attrs().Index, Dst: everywhere}); err != nil {
		return fmt.Errorf("add a default route: %w", err)
	}
	return nil
}

func forward() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("forward what is for others: %w", err)
	}
	return nil
}
