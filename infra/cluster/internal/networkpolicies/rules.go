package networkpolicies

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// directed is one direction of a policy: which Pods it isolates, and which connections it allows.
type directed struct {
	rules      []rule
	selections []selection
	ports      []namedPort
}

// rule is an allowed connection. The packet matches both texts.
type rule struct {
	peer, port string
	comment    string // the peer in words, if it is a selection
}

// namedPort is a port that a rule names instead of numbering it. Its number may differ between Pods.
type namedPort struct {
	protocol corev1.Protocol
	name     string
}

// set is the name of the set with the address and number of each Pod's port of this name.
func (n namedPort) set() string {
	return "port-" + strings.ToLower(string(n.protocol)) + "-" + n.name
}

// restricts reports whether a policy isolates its Pods in a direction. Without policyTypes it isolates them for ingress,
// and for egress if it has an egress rule.
func restricts(spec *networkingv1.NetworkPolicySpec, d direction) bool {
	if len(spec.PolicyTypes) == 0 {
		return d == ingress || len(spec.Egress) > 0
	}
	return slices.Contains(spec.PolicyTypes, networkingv1.PolicyType(d))
}

// compile returns the rules of a policy in one direction.
func compile(policy *networkingv1.NetworkPolicy, d direction) (directed, error) {
	var c directed
	if d == ingress {
		for _, rule := range policy.Spec.Ingress {
			if err := c.add(policy.Namespace, d, rule.From, rule.Ports); err != nil {
				return c, err
			}
		}
		return c, nil
	}
	for _, rule := range policy.Spec.Egress {
		if err := c.add(policy.Namespace, d, rule.To, rule.Ports); err != nil {
			return c, err
		}
	}
	return c, nil
}

// add adds a rule of a policy: each of its peers with each of its ports.
func (c *directed) add(namespace string, d direction, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) error {
	from := []rule{{}} // without peers, every address
	if len(peers) > 0 {
		from = from[:0]
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			match, err := block(d, peer.IPBlock)
			if err != nil {
				return err
			}
			if match != "" {
				from = append(from, rule{peer: match})
			}
			continue
		}
		s, err := newSelection(namespace, peer.NamespaceSelector, peer.PodSelector)
		if err != nil {
			return err
		}
		c.selections = append(c.selections, s)
		from = append(from, rule{peer: d.peer() + " @" + s.set(), comment: s.text})
	}
	to := []string{""} // without ports, every port of every protocol
	if len(ports) > 0 {
		to = c.match(ports)
	}
	for _, peer := range from {
		for _, port := range to {
			c.rules = append(c.rules, rule{peer.peer, port, peer.comment})
		}
	}
	return nil
}

// block matches the addresses of a block without its exceptions. It returns "" for a block of IPv6 addresses, because
// the cluster has none.
func block(d direction, b *networkingv1.IPBlock) (string, error) {
	network, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return "", err
	}
	if !network.Addr().Is4() {
		return "", nil
	}
	match := d.peer() + " " + network.Masked().String()
	if network.Bits() == 0 { // nftables does not accept 0.0.0.0/0
		match = ""
	}
	var except []netip.Prefix
	for _, text := range b.Except {
		exception, err := netip.ParsePrefix(text)
		if err != nil {
			return "", err
		}
		except = append(except, exception.Masked())
	}
	if len(except) > 0 {
		match = strings.TrimSpace(match + " " + d.peer() + " != { " + strings.Join(disjoint(except), ", ") + " }")
	}
	if match == "" {
		match = d.peer() + " 0.0.0.0-255.255.255.255"
	}
	return match, nil
}

// disjoint returns the prefixes without those that others contain: the intervals of a set must not overlap.
func disjoint(prefixes []netip.Prefix) []string {
	var kept []string
	for i, prefix := range prefixes {
		contained := slices.ContainsFunc(prefixes, func(other netip.Prefix) bool {
			return other.Bits() < prefix.Bits() && other.Contains(prefix.Addr())
		})
		if !contained && !slices.Contains(prefixes[:i], prefix) {
			kept = append(kept, prefix.String())
		}
	}
	slices.Sort(kept)
	return kept
}

// match returns the matches of a rule's ports: one for the numbers of each protocol, and one for each name.
func (c *directed) match(ports []networkingv1.NetworkPolicyPort) []string {
	numbers, every := map[corev1.Protocol][]interval{}, map[corev1.Protocol]bool{}
	var names []namedPort
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		switch {
		case port.Port == nil:
			every[protocol] = true
		case port.Port.StrVal != "":
			names = append(names, namedPort{protocol, port.Port.StrVal})
		default:
			last := port.Port.IntVal
			if port.EndPort != nil {
				last = *port.EndPort
			}
			numbers[protocol] = append(numbers[protocol], interval{port.Port.IntVal, last})
		}
	}
	var matches []string
	for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
		name := strings.ToLower(string(protocol))
		switch {
		case every[protocol]:
			matches = append(matches, "meta l4proto "+name)
		case len(numbers[protocol]) > 0:
			matches = append(matches, name+" dport { "+strings.Join(merge(numbers[protocol]), ", ")+" }")
		}
	}
	for _, port := range names {
		if every[port.protocol] {
			continue
		}
		c.ports = append(c.ports, port)
		matches = append(matches, fmt.Sprintf("ip daddr . %s dport @%s", strings.ToLower(string(port.protocol)), port.set()))
	}
	return matches
}

// interval is a range of port numbers, with both ends.
type interval struct{ first, last int32 }

// merge returns the intervals as nftables writes them, without overlaps.
func merge(intervals []interval) []string {
	slices.SortFunc(intervals, func(a, b interval) int { return int(a.first - b.first) })
	merged := intervals[:1:1]
	for _, next := range intervals[1:] {
		if last := &merged[len(merged)-1]; next.first <= last.last+1 {
			last.last = max(last.last, next.last)
		} else {
			merged = append(merged, next)
		}
	}
	var texts []string
	for _, i := range merged {
		text := strconv.Itoa(int(i.first))
		if i.last > i.first {
			text += "-" + strconv.Itoa(int(i.last))
		}
		texts = append(texts, text)
	}
	return texts
}
