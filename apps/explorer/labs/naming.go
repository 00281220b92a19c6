package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// naming are the labs in which a request does not get beyond the name.
func naming() []Lab {
	return []Lab{
		{
			Name:  contract.DenyDNS,
			Title: "No way to the DNS server",
			Mistake: "Somebody adds a NetworkPolicy that lists where a workload may go, and forgets that every name takes a " +
				"query to the cluster's DNS server first.",
			Changed: "In the NetworkPolicy orders, spec.egress lacks the rule that lets the Pods of orders out to port 53 of " +
				"kube-dns, for UDP and TCP. Nothing else is changed: the rules for the called services are all there.",
			Arrow:  "every arrow that leaves orders",
			Codes:  []failure.Code{failure.DNS},
			Causes: []diagnosis.Cause{diagnosis.DNSDenied},
			End:    Caller,
			Look: []string{
				"Every call of orders fails at once, its database included, although each of those connections is still allowed.",
				"The story of the arrow from orders to products stops at the DNS queries. None of them has an answer: they are rejected or dropped on the way.",
				"The Pods of orders stop being ready after a while: their readiness probe asks the database, by its name.",
			},
			Shows: []string{
				"get networkpolicy orders -o jsonpath={.spec.egress}",
				"get networkpolicy clients -o jsonpath={.spec.egress}",
			},
			Teaches: "A Service's name is nothing to a Pod until the DNS server has answered, and that answer crosses the network " +
				"like everything else. A policy with egress rules denies all that it does not list, port 53 as well. " +
				"When all of a workload's calls fail at the same time, look at what they share.",
		},
		{
			Name:  contract.ServiceDeleted,
			Title: "The Service is not there",
			Mistake: "A Service is renamed, deleted or created in another namespace, while its callers still have the old name in " +
				"their environment.",
			Changed: "The Service products is not declared. Its Deployment runs as before, and its Pods are ready.",
			Arrow:   "orders to products",
			Codes:   []failure.Code{failure.DNS},
			Causes:  []diagnosis.Cause{diagnosis.ServiceMissing},
			Look: []string{
				"The Pods of products are all ready, and no name resolves to them.",
				"The DNS server answers every form of the name with NXDOMAIN: the name does not exist.",
				"The calls of products itself still work: a Pod needs no Service to call others.",
			},
			Shows: []string{
				"get service products",
				"get pods -l app.kubernetes.io/name=products",
				"get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "A Service is what gives Pods a name and an address that stay. The DNS server makes its records from Services, " +
				"not from Deployments. NXDOMAIN means that the name is wrong or the Service is gone; a DNS query without an " +
				"answer means that the server could not be reached.",
		},
	}
}
