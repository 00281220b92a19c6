package drawing

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
)

// octets is the number of octets in an IPv4 address.
const octets = 4

// hosts are the cluster's nodes that run the demo's Pods, sorted by name.
//
// Their address ranges are derived from the Pods. Reading Node.spec.podCIDR requires a ClusterRole, which the owner of
// a single namespace cannot create, and some CNI plugins do not assign addresses from that range.
type hosts []Host

// Host is a node of the cluster.
type Host struct {
	Name string
	// Addresses is the common prefix of the addresses of its Pods, such as 10.244.0.*; empty if there is none.
	Addresses string
}

// HostFrame is the outline of Pods beside each other that run on the same node.
type HostFrame struct {
	Rect
	Name, Label string
}

func hostsOf(seen network.Network) hosts {
	addresses := map[string][]string{}
	for _, workload := range seen.Workloads {
		for _, pod := range workload.Pods {
			if pod.Node != "" {
				addresses[pod.Node] = append(addresses[pod.Node], pod.IP)
			}
		}
	}
	var found hosts
	for name, all := range addresses {
		found = append(found, Host{Name: name, Addresses: common(all)})
	}
	slices.SortFunc(found, func(a, b Host) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// common returns the common prefix of IPv4 addresses, at most three octets long; "" if there is none.
func common(addresses []string) string {
	var shared []string
	for _, address := range addresses {
		parsed, err := netip.ParseAddr(address)
		switch {
		case address == "": // the Pod has no address yet
			continue
		case err != nil || !parsed.Is4():
			return ""
		}
		parts := strings.Split(address, ".")[:octets-1]
		if shared == nil {
			shared = parts
		}
		for i := range shared {
			if shared[i] != parts[i] {
				shared = shared[:i]
				break
			}
		}
	}
	if len(shared) == 0 {
		return ""
	}
	return strings.Join(shared, ".") + strings.Repeat(".*", octets-len(shared))
}

// short returns a Pod's address without the prefix of its node, such as .6; the whole address if there is no prefix.
func (h hosts) short(pod network.Pod) string {
	for _, host := range h {
		if start, _, found := strings.Cut(host.Addresses, ".*"); found && host.Name == pod.Node {
			return strings.TrimPrefix(pod.IP, start)
		}
	}
	return pod.IP
}

// sorted sorts Pods by node, if there are several nodes, so that the Pods of a node stand together.
func (h hosts) sorted(pods []network.Pod) []network.Pod {
	if len(h) < 2 {
		return pods
	}
	return slices.SortedStableFunc(slices.Values(pods), func(a, b network.Pod) int { return cmp.Compare(a.Node, b.Node) })
}

// frames returns outlines around neighbouring Pods of the same node. It returns none for a cluster with one node. A
// node gets one outline per workload and row, because a single outline would also surround Pods of other nodes.
func (h hosts) frames(pods []Pod) []HostFrame {
	if len(h) < 2 {
		return nil
	}
	var frames []HostFrame
	for i, pod := range pods {
		at := Rect{pod.X - pod.W/2 + 3, pod.Y - podTop - 8, pod.W - 6, podTop + 8 + podFoot + hostFoot - 1}
		switch last := len(frames) - 1; {
		case pod.Host == "":
		case last >= 0 && frames[last].Name == pod.Host && pods[i-1].Y == pod.Y:
			frames[last].W = at.right() - frames[last].X
		default:
			frames = append(frames, HostFrame{Rect: at, Name: pod.Host})
		}
	}
	for i := range frames {
		frames[i].label()
	}
	return frames
}

// around returns the outline of the node around the frame of a Pod, if there are several nodes.
func (h hosts) around(pod Pod, frame Rect) []HostFrame {
	if len(h) < 2 || pod.Host == "" {
		return nil
	}
	const beside = 5
	made := HostFrame{Rect: Rect{frame.X - beside, frame.Y - hostHead, frame.W + 2*beside, frame.H + hostHead + beside}, Name: pod.Host}
	made.label()
	return []HostFrame{made}
}

// label sets the label to the end of the name, as far as it fits.
func (f *HostFrame) label() { f.Label = clipFront(f.Name, f.W/letter) }
