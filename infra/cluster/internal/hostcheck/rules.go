package hostcheck

// Samples of the rules that the components set. The kernel accepts a rule only if it has the options or modules for it.
const (
	// kube-proxy's, in nftables mode.
	serviceRules = `
table ip probe {
	set clients { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
	map services { type ipv4_addr . inet_proto . inet_service : verdict; }
	chain endpoint { update @clients { ip saddr }; meta l4proto tcp dnat to 192.0.2.1:80; }
	chain service { numgen random mod 2 vmap { 0 : goto endpoint, 1 : goto endpoint }; }
	chain nat-prerouting {
		type nat hook prerouting priority dstnat;
		ip daddr . meta l4proto . th dport vmap @services
		fib daddr type local ip saddr @clients goto service
	}
	chain nat-postrouting {
		type nat hook postrouting priority srcnat;
		mark and 0x4000 != 0 mark set mark xor 0x4000 masquerade fully-random
	}
	chain filter-forward {
		type filter hook forward priority filter;
		ct state new ip daddr 192.0.2.1 reject
	}
}
`
	// kube-router's, for NetworkPolicies.
	policySets = `
create probe-addresses hash:ip family inet timeout 0
create probe-networks hash:net family inet timeout 0
`
	// kube-router's, and those of the CNI plugins for packets that leave a Pod.
	policyRules = `
*nat
:PROBE - [0:0]
-A PROBE -m comment --comment probe -p tcp -j DNAT --to-destination 192.0.2.1:80
-A POSTROUTING ! -d 224.0.0.0/4 -j MASQUERADE
COMMIT
*filter
:PROBE - [0:0]
-A FORWARD -m physdev --physdev-is-bridged -m comment --comment probe -j PROBE
-A PROBE -p tcp -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A PROBE -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A PROBE -m set --match-set probe-addresses src -m set --match-set probe-networks dst -j MARK --set-xmark 0x10000/0x10000
-A PROBE -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/minute --limit-burst 10 -j NFLOG --nflog-group 100
-A PROBE -m mark ! --mark 0x10000/0x10000 -j REJECT
COMMIT
`
)
