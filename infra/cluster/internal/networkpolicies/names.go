package networkpolicies

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/knftables"
)

// direction is that of the connections which a policy restricts, as seen from its Pods.
type direction networkingv1.PolicyType

const (
	ingress = direction(networkingv1.PolicyTypeIngress)
	egress  = direction(networkingv1.PolicyTypeEgress)
)

// directions holds both, in the order in which a packet passes them.
var directions = []direction{egress, ingress}

// chain is the name of the direction's base chain, and of its map from the addresses of isolated Pods to their chains.
func (d direction) chain() string {
	if d == egress {
		return "egress"
	}
	return "ingress"
}

// pod is the side of a packet that holds the address of the isolated Pod.
func (d direction) pod() string {
	if d == egress {
		return "ip saddr"
	}
	return "ip daddr"
}

// peer is the side of a packet that holds the address of the other end.
func (d direction) peer() string {
	if d == egress {
		return "ip daddr"
	}
	return "ip saddr"
}

// policyChain is the name of the chain with a policy's rules.
func policyChain(d direction, namespace, name string) string {
	return short(d.chain() + "/" + namespace + "/" + name)
}

// isolationChain is the name of the chain with the jumps to the policies that isolate Pods of a namespace.
func isolationChain(d direction, namespace string, policies []string) string {
	return short(d.chain() + "-isolated/" + namespace + "/" + strings.Join(policies, "/"))
}

// logged is the name of the set that limits the messages about refused connections.
func (d direction) logged() string { return "logged-" + d.chain() }

// short returns the name, or a part of it and a hash if nftables does not accept its length. Namespaces have up to 63
// characters, Pods and policies up to 253.
func short(name string) string {
	if len(name) < knftables.NameLengthMax {
		return name
	}
	return name[:knftables.NameLengthMax-18] + "-" + hash(name)
}

// hash returns 16 characters that identify a text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// comment returns the text, shortened to what nftables accepts.
func comment(text string) *string {
	text = shorten(text, knftables.CommentLengthMax)
	return &text
}

// shorten returns the text, or its first part and three dots, with at most limit characters.
func shorten(text string, limit int) string {
	if len(text) > limit {
		return text[:limit-3] + "..."
	}
	return text
}

// describe returns a selector as people write it.
func describe(selector *metav1.LabelSelector) string {
	if len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0 {
		return "all"
	}
	return metav1.FormatLabelSelector(selector)
}
