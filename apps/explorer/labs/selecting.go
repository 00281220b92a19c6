package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// selecting are the labs in which a Service has no Pod to forward to.
func selecting() []Lab {
	return []Lab{
		{
			Name:  contract.WrongSelector,
			Title: "The Service selects no Pod",
			Mistake: "A label is renamed in the Deployment and not in the Service, or has a typing error, as here: product for " +
				"products. Kubernetes accepts it without a warning.",
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
				`diff <(kubectl get service products -o jsonpath='{.spec.selector.app\.kubernetes\.io/name}{"\n"}') ` +
					`<(kubectl get deployment products -o jsonpath='{.spec.template.metadata.labels.app\.kubernetes\.io/name}{"\n"}')`,
				"kubectl get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "A Service finds its Pods by their labels, and by nothing else. Whenever a Service does not answer, its EndpointSlices " +
				"are the first thing to look at: empty ones mean that either no Pod matches or none is ready.",
		},
		{
			Name:  contract.NoReadyEndpoints,
			Title: "The Pods run, and none is ready",
			Mistake: "The readiness probe requests a path that a new version has renamed. The application works, and its Pods get " +
				"no traffic.",
			Changed: "In the Deployment products, the container's readinessProbe.httpGet.path is /ready, for which the app returns " +
				"404, and strategy.type is Recreate, so that the old Pods do not stay.",
			Arrow:  "orders to products",
			Codes:  []failure.Code{failure.NoEndpoints},
			Causes: []diagnosis.Cause{diagnosis.PodsNotReady},
			Look: []string{
				"The Pods of products are drawn as not ready, and the lines from the Service to them are dashed.",
				"The EndpointSlice has all of their addresses, each with ready: false.",
				"The state of the Pods is Running, which does not show the fault.",
			},
			Shows: []string{
				"kubectl get pods -l app.kubernetes.io/name=products",
				"kubectl describe pods -l app.kubernetes.io/name=products",
				"kubectl get endpointslices -l kubernetes.io/service-name=products " +
					`-o jsonpath='{range .items[*].endpoints[*]}{.addresses[0]} ready={.conditions.ready}{"\n"}{end}'`,
			},
			Teaches: "A Pod that runs is not always ready. Readiness decides whether a Service sends connections to a Pod; a rolling " +
				"update waits for it, which is why the same mistake without Recreate would have left the old Pods in charge.",
		},
	}
}
