package networkpolicies

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"sigs.k8s.io/knftables"
)

// network is a node with Pods: network namespaces that the node routes between. Each Pod listens on every port of
// listening, for TCP and UDP.
type network struct {
	t     testing.TB
	node  netns.NsHandle
	pods  map[string]*endpoint
	State *State
}

// endpoint is the network namespace of a Pod.
type endpoint struct {
	ns netns.NsHandle
	ip netip.Addr
}

// listening holds the ports of each Pod.
var listening = []int{80, 443, 8080, 8081, 8082, 9000}

// newNetwork creates a node whose Pods have addresses from 10.244.0.0/16.
func newNetwork(t testing.TB) *network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to create network namespaces")
	}
	n := &network{t: t, pods: map[string]*endpoint{}}
	n.node = n.namespace()
	n.in(n.node, func() error {
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
			return err
		}
		return os.WriteFile("/proc/sys/net/ipv4/icmp_ratelimit", []byte("0"), 0)
	})
	nft, err := n.nftables()
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := nftables.New(nftables.WithNetNSFd(int(n.node)))
	if err != nil {
		t.Fatal(err)
	}
	n.State = NewState(nft, kernel, "10.244.0.0/16")
	return n
}

// namespace creates a network namespace that ends with the test.
func (n *network) namespace() netns.NsHandle {
	n.t.Helper()
	var created netns.NsHandle
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		var err error
		if created, err = netns.New(); err == nil {
			var loopback netlink.Link
			if loopback, err = netlink.LinkByName("lo"); err == nil {
				err = netlink.LinkSetUp(loopback)
			}
		}
		done <- err
	}()
	if err := <-done; err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { created.Close() })
	return created
}

// in runs a function in a network namespace.
func (n *network) in(ns netns.NsHandle, f func() error) {
	n.t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := netns.Set(ns)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		n.t.Fatal(err)
	}
}

// nftables returns an interface that runs nft in the node.
func (n *network) nftables() (knftables.Interface, error) {
	nft, err := knftables.New(knftables.IPv4Family, tableName)
	return inNode{nft, n}, err
}

// inNode runs transactions in the node's network namespace.
type inNode struct {
	knftables.Interface
	n *network
}

func (i inNode) Run(ctx context.Context, tx *knftables.Transaction) error {
	var err error
	i.n.in(i.n.node, func() error {
		err = i.Interface.Run(ctx, tx)
		return nil
	})
	return err
}

// addPod creates a Pod's network namespace.
func (n *network) addPod(name string, ip string) {
	n.t.Helper()
	pod := &endpoint{ns: n.namespace(), ip: netip.MustParseAddr(ip)}
	n.pods[name] = pod
	device := fmt.Sprintf("pod%d", len(n.pods))
	n.in(n.node, func() error {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: device}, PeerName: "eth0", PeerNamespace: netlink.NsFd(pod.ns)}
		if err := netlink.LinkAdd(pair); err != nil {
			return err
		}
		if err := netlink.LinkSetUp(pair); err != nil {
			return err
		}
		// The node answers the Pod's ARP requests for all addresses, at once.
		if err := errors.Join(
			os.WriteFile("/proc/sys/net/ipv4/conf/"+device+"/proxy_arp", []byte("1"), 0),
			os.WriteFile("/proc/sys/net/ipv4/neigh/"+device+"/proxy_delay", []byte("0"), 0),
		); err != nil {
			return err
		}
		return netlink.RouteAdd(&netlink.Route{
			LinkIndex: pair.Attrs().Index, Scope: netlink.SCOPE_LINK,
			Dst: &net.IPNet{IP: pod.ip.AsSlice(), Mask: net.CIDRMask(32, 32)},
		})
	})
	n.in(pod.ns, func() error {
		device, err := netlink.LinkByName("eth0")
		if err != nil {
			return err
		}
		address := &netlink.Addr{IPNet: &net.IPNet{IP: pod.ip.AsSlice(), Mask: net.CIDRMask(32, 32)}}
		if err := errors.Join(netlink.AddrAdd(device, address), netlink.LinkSetUp(device)); err != nil {
			return err
		}
		return netlink.RouteAdd(&netlink.Route{LinkIndex: device.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}})
	})
	for _, port := range listening {
		n.listen(pod, port)
	}
}

// listen accepts TCP connections, and answers UDP packets, until the test ends.
func (n *network) listen(pod *endpoint, port int) {
	n.t.Helper()
	address := netip.AddrPortFrom(pod.ip, uint16(port))
	n.in(pod.ns, func() error {
		listener, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(address))
		if err != nil {
			return err
		}
		n.t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				connection.Close()
			}
		}()
		packets, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
		if err != nil {
			return err
		}
		n.t.Cleanup(func() { packets.Close() })
		go func() {
			buffer := make([]byte, 16)
			for {
				size, from, err := packets.ReadFromUDPAddrPort(buffer)
				if err != nil {
					return
				}
				_, _ = packets.WriteToUDPAddrPort(buffer[:size], from)
			}
		}()
		return nil
	})
}

// apply writes the state to the kernel. It ends all flows, because those of UDP would otherwise go on for two minutes.
func (n *network) apply() {
	n.t.Helper()
	if err := n.State.Apply(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	n.in(n.node, func() error { return netlink.ConntrackTableFlush(netlink.ConntrackTable) })
}
