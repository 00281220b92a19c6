package diagnosis

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/policy"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// unresolved reports whether resolving the name failed, and explains why. If a DNS server answered every query, no
// policy denied them. If it answered none, the name may exist.
func (c call) unresolved() (Diagnosis, bool) {
	if c.measured.Failure.Code != failure.DNS && (c.measured.Resolution == nil || c.measured.Resolution.Failure == nil) {
		return Diagnosis{}, false
	}
	answered, unanswered := c.queries()
	denied, ok := c.dnsDenied()
	switch {
	case ok && (unanswered || !answered):
		return denied, true
	case !c.found && c.to.Kind != contract.ExternalNode:
		missing := c.missingService()
		missing.Code = failure.DNS
		return missing, true
	case !answered:
		return Diagnosis{
			Code: failure.DNS, Cause: DNSUnanswered,
			Detail: fmt.Sprintf("No DNS server answered the queries of %s, and no network policy of the namespace "+
				"%s denies them.",
				c.from.Name, c.seen.Namespace),
			Command: kubectl("kube-system", "get pods -l k8s-app=kube-dns"),
		}, true
	}
	return Diagnosis{
		Code: failure.DNS, Cause: NotResolved, Detail: c.measured.Failure.Detail,
		Command: kubectl("kube-system", "logs -l k8s-app=kube-dns --tail=20"),
	}, true
}

// queries reports whether a DNS server answered any query, and whether any query has no answer. Both happen while
// policies deny DNS: a node lets a query pass if its source port belongs to a connection from before the policy change.
func (c call) queries() (answered, unanswered bool) {
	if c.measured.Resolution == nil {
		return false, false
	}
	for _, query := range c.measured.Resolution.Queries {
		answered = answered || query.Answered
		unanswered = unanswered || !query.Answered
	}
	return answered, unanswered
}

// dnsDenied reports whether network policies deny DNS to the caller, and explains which.
func (c call) dnsDenied() (Diagnosis, bool) {
	finding := policy.CheckDNS(c.policies, c.seen.Namespace, policy.Peer{Labels: c.caller.Labels})
	if finding.Allowed {
		return Diagnosis{}, false
	}
	return diagnosed(c.seen, failure.DNS, DNSDenied, fmt.Sprintf(
		"The network policies deny DNS to %s, so it cannot resolve any name. Its Pods are selected for egress by %s, and "+
			"none of these policies opens port 53 of kube-dns.", c.from.Name, prose.List(finding.Policies)),
		"describe networkpolicy %s", strings.Join(finding.Policies, " ")), true
}

func (c call) missingService() Diagnosis {
	return diagnosed(c.seen, c.measured.Failure.Code, ServiceMissing, fmt.Sprintf(
		"There is no Service %s in the namespace %s, so the name %s has no address.", c.to.Name, c.seen.Namespace, c.target.Host),
		"get services")
}
