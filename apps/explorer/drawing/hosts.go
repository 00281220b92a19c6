package drawing

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
)

// octets is how many numbers an IPv4 address has.
const octets = 4

// hosts are the cluster's nodes that run the demo's Pods, by name.
//
// Their addresses come from the Pods themselves. Node.spec.podCIDR would need a ClusterRole, which a user who owns only a
// namespace cannot create, and where a CNI plugin assigns addresses in its own way it is not the range of the Pods.
type hosts []Host

// Host is a node of the cluster.
type Host struct {
	Name string
	// Addresses is what the addresses of its Pods begin with, such as 10.244.0.*; empty if they have nothing in common.
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

// common is what IPv4 addresses begin with, at most three of their four numbers.
func common(addresses []string) string {
	var shared []string
	for _, address := range addresses {
		parsed, err := netip.ParseAddr(address)
		switch {
		case address == "": // a Pod that has none yet
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

// short is what is left of a Pod's address behind that of its node, such as .6; all of it where they have nothing in common.
func (h hosts) short(pod network.Pod) string {
	for _, host := range h {
		if start, _, found := strings.Cut(host.Addresses, ".*"); found && host.Name == pod.Node {
			return strings.TrimPrefix(pod.IP, start)
		}
	}
	return pod.IP
}

// sorted returns Pods by their nodes, where there are several, so that those of one node stand together.
func (h hosts) sorted(pods []network.Pod) []network.Pod {
	if len(h) < 2 {
		return pods
	}
	return slices.SortedStableFunc(slices.Values(pods), func(a, b network.Pod) int { return cmp.Compare(a.Node, b.Node) })
}

// frames are the outlines of Pods in one row that run on the same node. With one node there are none: all is on it. The
// Pods of a node belong to several workloads, which stand apart: one frame around them would hold those of other nodes too.
func (h hosts) frames(pods []Pod) []HostFrame {
	if len(h) < 2 {
		return nil
	}
	var frames []HostFrame
	for i, pod := range pods {
		at := Rect{pod.X - pod.W/2 + 3, pod.Y - podTop - 8, pod.W - 6, podTop + 8 + podFoot - 1}
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

// around is the outline of a Pod that is itself a frame, if there are several nodes.
func (h hosts) around(pod Pod, frame Rect) []HostFrame {
	if len(h) < 2 || pod.Host == "" {
		return nil
	}
	const beside = 5
	made := HostFrame{Rect: Rect{frame.X - beside, frame.Y - hostHead, frame.W + 2*beside, frame.H + hostHead + beside}, Name: pod.Host}
	made.label()
	return []HostFrame{made}
}

// label is as much of the name as there is room for.
func (f *HostFrame) label() { f.Label = clipFront(f.Name, f.W/letter) }
