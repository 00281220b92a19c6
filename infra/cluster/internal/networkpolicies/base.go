package networkpolicies

import (
	"fmt"
	"time"

	"sigs.k8s.io/knftables"
)

const (
	podsSet     = "pods"   // addresses of all Pods of the cluster
	itselfSet   = "itself" // for each Pod of this node, its address as sender and as receiver
	refuseChain = "refuse"
	// LogGroup is the group of nfnetlink_log that receives refused connections. The prefix of a message names the
	// direction, the namespace, and the policies that isolate the Pod. Nobody has to listen.
	LogGroup = 32
	// logLimit bounds the messages about each Pod and direction.
	logLimit = "limit rate 10/second burst 20 packets"
	// logPrefixLengthMax is the kernel's NF_LOG_PREFIXLEN without the final zero.
	logPrefixLengthMax = 127
)

// addBase adds the two chains that packets enter, and the one where the packets of refused connections end. A packet
// between two Pods of this node passes both.
func addBase(tx *knftables.Transaction, podCIDR string) {
	tx.Add(&knftables.Chain{Name: refuseChain, Comment: comment("no policy allows the connection")})
	for _, rule := range []string{"counter meta l4proto tcp reject with tcp reset", "counter reject"} {
		tx.Add(&knftables.Rule{Chain: refuseChain, Rule: rule})
	}
	for i, d := range directions {
		tx.Add(&knftables.Set{
			Name: d.logged(), Type: "ipv4_addr", Flags: []knftables.SetFlag{knftables.DynamicFlag, knftables.TimeoutFlag}, Timeout: knftables.PtrTo(time.Minute),
			Comment: comment("Pods with refused connections in the last minute: they limit its messages"),
		})
		tx.Add(&knftables.Chain{
			Name: d.chain(), Type: knftables.PtrTo(knftables.FilterType), Hook: knftables.PtrTo(knftables.ForwardHook),
			Priority: knftables.PtrTo(knftables.BaseChainPriority(fmt.Sprintf("filter + %d", i))),
			Comment:  comment("packets to other Pods and nodes, after kube-proxy has chosen an endpoint"),
		})
		rules := []knftables.Rule{{Rule: "ct state established,related accept", Comment: comment("decided when the connection began")}}
		if d == egress {
			for _, side := range []string{"ip saddr", "ip daddr"} {
				rules = append(rules, knftables.Rule{
					Rule:    fmt.Sprintf("%s %s %[1]s != @%[3]s counter drop", side, podCIDR, podsSet),
					Comment: comment("no Pod that is known yet: the sender tries again"),
				})
			}
		}
		rules = append(rules,
			knftables.Rule{Rule: "ip saddr . ip daddr @" + itselfSet + " accept"},
			knftables.Rule{Rule: fmt.Sprintf("%s vmap @%s", d.pod(), d.chain())},
		)
		for _, rule := range rules {
			rule.Chain = d.chain()
			tx.Add(&rule)
		}
	}
}
