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
	// Those for NetworkPolicies.
	policyRules = `
table ip probe-policies {
	set pods { type ipv4_addr; elements = { 192.0.2.1 comment "near/client" } }
	set logged { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
	set ports { type ipv4_addr . inet_service; elements = { 192.0.2.1 . 80 } }
	map ingress { type ipv4_addr : verdict; }
	chain one-policy { ip saddr 192.0.2.0/24 ip saddr != { 192.0.2.8/30, 192.0.2.16/28 } ip daddr . tcp dport @ports counter accept; }
	chain refuse { counter meta l4proto tcp reject with tcp reset; counter reject; }
	chain one-pod {
		jump one-policy
		update @logged { ip saddr limit rate 10/second burst 20 packets } log prefix "near: one-policy" group 32
		counter goto refuse
	}
	chain forward {
		type filter hook forward priority filter + 1;
		ct state established,related accept
		ip saddr 192.0.2.0/24 ip saddr != @pods counter drop
		ip daddr vmap @ingress
	}
}
`
)
