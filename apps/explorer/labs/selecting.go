package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// selecting are the labs in which a Service leads to no Pod.
func selecting() []Lab {
	return []Lab{
		{
			Name:  contract.WrongSelector,
			Title: "The Service selects nobody",
			Mistake: "A label is renamed in the Deployment and not in the Service, or has a letter too few, as here: product for " +
				"products. Kubernetes takes both without a warning.",
			Changed: "In the Service products, spec.selector has app.kubernetes.io/name=product, which no Pod has.",
			Arrow:   "orders to products",
			Codes:   []failure.Code{failure.NoEndpoints},
			Causes:  []diagnosis.Cause{diagnosis.NothingSelected},
			Look: []string{
				"No line leads from the Service products up to its Pods.",
				"The name still resolves to the ClusterIP, which is the Service's own and needs no Pod.",
				"The facts of the Service products show its selector, and an EndpointSlice without addresses.",
			},
			Shows: []string{
				"get service products -o jsonpath={.spec.selector}",
				"get pods --show-labels",
				"get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "What ties a Service to Pods is labels, and nothing else. Whenever a Service does not answer, its EndpointSlices " +
				"are the first thing to look at: empty ones mean that either no Pod matches or none is ready.",
		},
		{
			Name:  contract.NoReadyEndpoints,
			Title: "The Pods run, and none is ready",
			Mistake: "The readiness probe asks for a path that a new version has renamed. The application is fine, and its Pods get " +
				"no traffic.",
			Changed: "In the Deployment products, the container's readinessProbe.httpGet.path is /ready, which the app answers with " +
				"404, and strategy.type is Recreate, so that the old Pods do not stay.",
			Arrow:  "orders to products",
			Codes:  []failure.Code{failure.NoEndpoints},
			Causes: []diagnosis.Cause{diagnosis.PodsNotReady},
			Look: []string{
				"The Pods of products are drawn as not ready, and the lines from the Service to them are dashed.",
				"The EndpointSlice has all of their addresses, each with ready: false.",
				"The state of the Pods is Running: from that alone nobody would see it.",
			},
			Shows: []string{
				"get pods -l app.kubernetes.io/name=products",
				"describe pods -l app.kubernetes.io/name=products",
				"get endpointslices -l kubernetes.io/service-name=products -o yaml",
			},
			Teaches: "Running and ready are two things. Readiness decides whether a Service sends connections to a Pod; a rolling " +
				"update waits for it, which is why the same mistake without Recreate would have left the old Pods in charge.",
		},
	}
}
