package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/policy"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// unresolved reports whether it was the name that the request failed at.
func (c call) unresolved() bool {
	return c.measured.Failure.Code == failure.DNS || c.measured.Resolution != nil && c.measured.Resolution.Failure != nil
}

// whyUnresolved explains why a name has no address. Where a DNS server answered, no policy can have been in the way; and
// where none did, nobody has said that the name does not exist.
func (c call) whyUnresolved() string {
	answered := c.measured.Resolution != nil && slices.ContainsFunc(c.measured.Resolution.Questions, func(query measure.Question) bool { return query.Answered })
	if finding := policy.CheckDNS(c.policies, c.seen.Namespace, policy.Peer{Labels: c.caller.Labels}); !answered && !finding.Allowed {
		return fmt.Sprintf("The network policies do not let %s ask DNS, so that it resolves no name at all. For egress its Pods are "+
			"selected by %s, and none of these opens port 53 of kube-dns.", c.from.Name, prose.List(finding.Policies)) +
			look(c.seen.Namespace, "describe networkpolicy %s", strings.Join(finding.Policies, " "))
	}
	if !c.found && c.to.Kind != contract.ExternalNode {
		return c.missing()
	}
	if !answered {
		return fmt.Sprintf("No DNS server answered %s. %s No network policy of the namespace %s denies it.",
			c.from.Name, c.measured.Failure.Detail, c.seen.Namespace) + look("kube-system", "get pods -l k8s-app=kube-dns")
	}
	return c.measured.Failure.Detail + look("kube-system", "logs -l k8s-app=kube-dns --tail=20")
}

func (c call) missing() string {
	return fmt.Sprintf("There is no Service %s in the namespace %s, so that the name %s has no address.",
		c.to.Name, c.seen.Namespace, c.target.Host) + look(c.seen.Namespace, "get services")
}
