package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// connecting returns the labs in which the name resolves, but the connection or the answer fails.
func connecting() []Lab {
	return []Lab{
		{
			Name:  contract.WrongPort,
			Title: "The Service forwards to a port where nothing listens",
			Mistake: "The port of the application is changed in its configuration, but the Service still has the old number " +
				"as its targetPort.",
			Changed: "In the Service products, spec.ports[0].targetPort is 8081. No container of its Pods listens there.",
			Arrow:   "the call from orders to products",
			Codes:   []failure.Code{failure.Refused, failure.Timeout},
			Causes:  []diagnosis.Cause{diagnosis.WrongTargetPort},
			Hints: []string{
				"The Service has ready endpoints, all with port 8081: the readiness probe uses the container's own port.",
				"The code is TIMEOUT instead of REFUSED if the network plugin drops denied packets: the policy of products " +
					"opens only port 8080.",
				"The sentence at the arrow names the targetPort of the Service, which no container declares.",
			},
			Shows: []string{
				`diff <(kubectl get service products -o jsonpath='{.spec.ports[0].targetPort}{"\n"}') ` +
					`<(kubectl get deployment products -o jsonpath='{.spec.template.spec.containers[0].ports[?(@.name=="http")].containerPort}{"\n"}')`,
				"kubectl get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "Port and targetPort are two numbers: callers connect to the port, and the Service forwards to the " +
				"targetPort, where the container must listen. A refused connection means that the packets arrived but no " +
				"process listened. A targetPort that names a container's port stays right when the number of that port changes.",
		},
		{
			Name:  contract.DenyCall,
			Title: "A policy denies the call",
			Mistake: "A new caller is deployed, or an existing one gets new labels, and nobody adds it to the called " +
				"service's NetworkPolicy.",
			Changed: "In the NetworkPolicy products, spec.ingress no longer allows connections from the Pods of orders to " +
				"port 8080. The policy of orders still allows them.",
			Arrow:  "the call from orders to products",
			Codes:  []failure.Code{failure.Policy},
			Causes: []diagnosis.Cause{diagnosis.PolicyDenied},
			End:    Both,
			Hints: []string{
				"The explorer's own arrow to products still works: the same Service and the same Pods, but another caller.",
				"DNS, the Service and its endpoints are correct. Only the connection fails.",
				"On a cluster that does not enforce NetworkPolicies the arrow keeps working. The matrix shows whether the " +
					"cluster enforces them.",
			},
			Shows: []string{
				"kubectl describe networkpolicy products orders",
				"kubectl get pods --show-labels",
			},
			Teaches: "A connection must be allowed at both ends: as egress of the caller and as ingress of the called " +
				"service. Some network plugins drop a denied packet and others reject it, so it looks like a server that hangs " +
				"or does not listen. No error names the policy: you have to read the policies.",
		},
		{
			Name:  contract.SlowPeer,
			Title: "The called service answers too late",
			Mistake: "A service is overloaded, waits for a lock, or calls a slow service itself. It answers its probes fast, " +
				"so it stays ready while its callers give up.",
			Changed: "In the Deployment products, the container has RESPONSE_DELAY=5s: it delays every answer except those " +
				"to the kubelet's probes.",
			Arrow:  "the call from orders to products",
			Codes:  []failure.Code{failure.Timeout},
			Causes: []diagnosis.Cause{diagnosis.NoAnswer},
			Hints: []string{
				"The story shows a connection in less than a millisecond, and no first byte within two seconds.",
				"The Pods of products stay ready.",
				"The trace of a request, on the page Requests, shows the time of each hop.",
			},
			Shows: []string{
				"kubectl set env deployment/products --list",
				"kubectl get pods -l app.kubernetes.io/name=products",
			},
			Teaches: "A TIMEOUT before the connection points to the network; a TIMEOUT after it points to the application. " +
				"Callers need timeouts of their own, shorter than those of their own callers. Otherwise one slow workload slows " +
				"down all of them.",
		},
		{
			Name:  contract.DatabaseDown,
			Title: "The database is down",
			Mistake: "A database is stopped for maintenance, or no node has room for its Pod. The services in front of it " +
				"fail one after the other.",
			Changed: "In the StatefulSet products-database, spec.replicas is 0. Its Service and its volume stay. In the " +
				"Deployment products, strategy.type is Recreate: a rolling update would wait for new Pods that cannot become " +
				"ready without the database.",
			Arrow:  "the call from products to products-database, then on the call from orders to products",
			Codes:  []failure.Code{failure.NoEndpoints},
			Causes: []diagnosis.Cause{diagnosis.ScaledToZero, diagnosis.DatabaseDown},
			Hints: []string{
				"The Pods of products are no longer ready: their readiness probe connects to their own database.",
				"The Service products therefore has no ready endpoints, and orders cannot connect although the Pods run.",
				"orders and clients stay ready: no readiness probe calls another service, so the failure stops here.",
			},
			Shows: []string{
				"kubectl get statefulset products-database",
				"kubectl get endpointslices -l kubernetes.io/service-name=products-database",
				"kubectl describe pods -l app.kubernetes.io/name=products",
			},
			Teaches: "The arrow that you notice first is not always the cause: follow the failures to the end of the chain. " +
				"The data of a StatefulSet outlives its Pods: it is still there after the lab is turned off.",
		},
	}
}
