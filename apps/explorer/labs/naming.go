package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// egressRules prints the rules of a NetworkPolicy, one per line, so that diff compares rules.
const egressRules = `{range .spec.egress[*]}{.ports} {.to}{"\n"}{end}`

// naming returns the labs in which the name does not resolve.
func naming() []Lab {
	return []Lab{
		{
			Name:  contract.DenyDNS,
			Title: "A policy denies DNS",
			Mistake: "Somebody adds a NetworkPolicy that lists where a workload may connect to, and forgets that every name " +
				"requires a query to the cluster's DNS server first.",
			Changed: "In the NetworkPolicy orders, spec.egress lacks the rule that allows the Pods of orders to connect to " +
				"port 53 of kube-dns, over UDP and TCP. The rules for the called services are complete.",
			Arrow:  "every call from orders",
			Codes:  []failure.Code{failure.DNS},
			Causes: []diagnosis.Cause{diagnosis.DNSDenied},
			End:    Caller,
			Hints: []string{
				"Every call of orders fails at once, its database included, although the policy still allows each of those " +
					"connections.",
				"The story of the arrow from orders to products stops at the DNS queries. None of them has an answer: they are " +
					"rejected or dropped on the way.",
				"After a while the Pods of orders are no longer ready: their readiness probe connects to the database by its name.",
			},
			Shows: []string{
				"diff <(kubectl get networkpolicy orders -o jsonpath='" + egressRules + "') <(kubectl get networkpolicy clients " +
					"-o jsonpath='" + egressRules + "')",
				"kubectl describe networkpolicy orders",
			},
			Teaches: "A Pod cannot use a Service's name until the DNS server has answered, and DNS packets cross the network " +
				"like all others. A policy with egress rules denies everything that it does not list, including port 53. When " +
				"all calls of a workload fail at the same time, check what they share.",
		},
		{
			Name:  contract.ServiceDeleted,
			Title: "The Service does not exist",
			Mistake: "A Service is renamed, deleted or created in another namespace, while its callers still have the old " +
				"name in their environment.",
			Changed: "The Service products is deleted. Its Deployment runs as before, and its Pods are ready.",
			Arrow:   "the call from orders to products",
			Codes:   []failure.Code{failure.DNS},
			Causes:  []diagnosis.Cause{diagnosis.ServiceMissing},
			Hints: []string{
				"The Pods of products are all ready, but no name resolves to them.",
				"The DNS server answers every form of the name with NXDOMAIN: the name does not exist.",
				"The calls of products itself still work: a Pod needs no Service to call others.",
			},
			Shows: []string{
				"kubectl get service products --ignore-not-found",
				"kubectl get pods -l app.kubernetes.io/name=products",
				"kubectl get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "A Service gives Pods a name and an address that do not change. The DNS server creates its records from " +
				"Services, not from Deployments. NXDOMAIN means that the name is wrong or the Service was deleted. A DNS query " +
				"without an answer means that the DNS server could not be reached.",
		},
	}
}
