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

// clusterNetwork creates the bridge between the nodes and the control plane. It is connected to nothing else, so the
// cluster cannot reach the machine's network.
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
	return enableForwarding() // the control plane routes to the Pods
}

// nodeNetwork connects the node to the cluster's bridge. clusterNet is the file descriptor of the control plane's
// network namespace.
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
	// The kernel may not have removed the device of a node that was just killed.
	if old, err := cluster.LinkByName(node.Name()); err == nil {
		if err := cluster.LinkDel(old); err != nil {
			return fmt.Errorf("remove the old device of the node: %w", err)
		}
	}
	port := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: node.Name(), MasterIndex: bridge.Attrs().Index},
		PeerName:  uplink, PeerHardwareAddr: address, PeerNamespace: netlink.NsFd(own),
	}
	if err := cluster.LinkAdd(port); err != nil {
		return fmt.Errorf("connect the node to the bridge (does this kernel have CONFIG_VETH?): %w", err)
	}
	if err := cluster.LinkSetUp(port); err != nil {
		return fmt.Errorf("set the node's port of the bridge up: %w", err)
	}
	device, err := netlink.LinkByName(uplink)
	if err != nil {
		return fmt.Errorf("find the node's network device: %w", err)
	}
	if err := configure(device, node.IP()); err != nil {
		return err
	}
	return enableForwarding()
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

// configure gives a device an address and a default route. Some components refuse to start without a default route;
// this one leads nowhere.
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

func enableForwarding() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("enable IP forwarding: %w", err)
	}
	return nil
}
