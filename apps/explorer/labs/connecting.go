package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// connecting are the labs in which the name resolves, and the connection or the answer fails.
func connecting() []Lab {
	return []Lab{
		{
			Name:  contract.WrongPort,
			Title: "The Service forwards to a port where nothing listens",
			Mistake: "The port of the application is changed in its configuration, and the Service still has the old number as its " +
				"targetPort.",
			Changed: "In the Service products, spec.ports[0].targetPort is 8081, and no container of its Pods listens there.",
			Arrow:   "orders to products",
			Codes:   []failure.Code{failure.Refused, failure.Timeout},
			Causes:  []diagnosis.Cause{diagnosis.WrongTargetPort},
			Look: []string{
				"The Service has ready endpoints, all of them with port 8081: readiness is probed at the container's own port.",
				"Where a network policy drops packets to ports that it does not open, it is TIMEOUT instead of REFUSED: the policy of " +
					"products opens port 8080 alone.",
				"The sentence at the arrow says which targetPort the Service forwards to, and that no container declares it.",
			},
			Shows: []string{
				"get service products -o jsonpath={.spec.ports}",
				"get pods -l app.kubernetes.io/name=products -o jsonpath={.items[0].spec.containers[0].ports}",
				"get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "Port and targetPort are two numbers: where callers knock, and where the container listens. A refused connection " +
				"means that the packets arrived and nobody was there. A targetPort that is the name of a container's port cannot " +
				"get out of step with it.",
		},
		{
			Name:    contract.DenyCall,
			Title:   "A policy does not let the caller in",
			Mistake: "A new caller is deployed, or an old one gets new labels, and nobody adds it to the called service's NetworkPolicy.",
			Changed: "In the NetworkPolicy products, spec.ingress no longer has the Pods of orders among those that it lets in to port " +
				"8080. The policy of orders still lets them out.",
			Arrow:  "orders to products",
			Codes:  []failure.Code{failure.Policy},
			Causes: []diagnosis.Cause{diagnosis.PolicyDenied},
			End:    Both,
			Look: []string{
				"The explorer's own arrow to products still works: the same Service, the same Pods, another caller.",
				"DNS, the Service and its endpoints are as they should be. Only the connection is not made.",
				"On a cluster that does not enforce NetworkPolicies the arrow keeps working: the matrix says so.",
			},
			Shows: []string{
				"describe networkpolicy products",
				"describe networkpolicy orders",
				"get pods --show-labels",
			},
			Teaches: "A connection needs both ends: egress of the caller and ingress of the called service. A denied packet is dropped by some " +
				"network plugins and rejected by others, so it looks like a server that hangs or one that does not listen. " +
				"Nothing in the answer says policy: only reading the policies does.",
		},
		{
			Name:  contract.SlowPeer,
			Title: "The called service answers too late",
			Mistake: "A service is overloaded, waits for a lock, or calls a slow service itself. Its probes are answered fast, so it stays " +
				"ready, and its callers give up.",
			Changed: "In the Deployment products, the container has RESPONSE_DELAY=5s: every answer but those to the kubelet's probes is held back.",
			Arrow:   "orders to products",
			Codes:   []failure.Code{failure.Timeout},
			Causes:  []diagnosis.Cause{diagnosis.NoAnswer},
			Look: []string{
				"The story shows a connection in less than a millisecond, and no first byte within two seconds.",
				"The Pods of products are ready all the time.",
				"A request of the page Requests shows where the time goes, hop by hop.",
			},
			Shows: []string{
				"get deployment products -o jsonpath={.spec.template.spec.containers[0].env}",
				"get pods -l app.kubernetes.io/name=products",
			},
			Teaches: "A TIMEOUT before the connection is the network's, and one after it is the application's. Callers need time-outs of " +
				"their own, shorter than those of whoever calls them, or one slow workload makes all of them slow.",
		},
		{
			Name:  contract.DatabaseDown,
			Title: "The database is away",
			Mistake: "A database is stopped for maintenance, or its Pod finds no node to run on. What stands in front of it goes down " +
				"one after the other.",
			Changed: "In the StatefulSet products-database, spec.replicas is 0. Its Service and its volume stay.",
			Arrow:   "products to products-database, and then orders to products",
			Codes:   []failure.Code{failure.NoEndpoints},
			Causes:  []diagnosis.Cause{diagnosis.ScaledToZero, diagnosis.DatabaseDown},
			Look: []string{
				"The Pods of products are no longer ready: their readiness probe asks their own database.",
				"The Service products therefore has no ready endpoints, and orders gets no connection, though the Pods run.",
				"orders and clients stay ready: no readiness probe asks a peer, so the failure stops there.",
			},
			Shows: []string{
				"get statefulset products-database",
				"get endpointslices -l kubernetes.io/service-name=products-database",
				"describe pods -l app.kubernetes.io/name=products",
			},
			Teaches: "The arrow that is asked about is not always the one that is broken: follow the failures to the last one of the " +
				"chain. Data of a StatefulSet outlives its Pods, so undoing this lab brings everything back.",
		},
	}
}
