package labs

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// selecting returns the labs in which a Service has no Pod to forward to.
func selecting() []Lab {
	return []Lab{
		{
			Name:  contract.WrongSelector,
			Title: "The Service selects no Pod",
			Mistake: "A label is renamed in the Deployment but not in the Service, or has a typo, as here: product instead " +
				"of products. Kubernetes accepts it without a warning.",
			Changed: "In the Service products, spec.selector has app.kubernetes.io/name=product, which no Pod has.",
			Arrow:   "the call from orders to products",
			Codes:   []failure.Code{failure.NoEndpoints},
			Causes:  []diagnosis.Cause{diagnosis.NothingSelected},
			Hints: []string{
				"No line leads from the Service products up to its Pods.",
				"The name still resolves to the ClusterIP, which is the Service's own and needs no Pod.",
				"The facts of the Service products show its selector, and an EndpointSlice without addresses.",
			},
			Shows: []string{
				`diff <(kubectl get service products -o jsonpath='{.spec.selector.app\.kubernetes\.io/name}{"\n"}') ` +
					`<(kubectl get deployment products -o jsonpath='{.spec.template.metadata.labels.app\.kubernetes\.io/name}{"\n"}')`,
				"kubectl get endpointslices -l kubernetes.io/service-name=products",
			},
			Teaches: "A Service finds its Pods by their labels, and by nothing else. Whenever a Service does not answer, " +
				"check its EndpointSlices first. If they hold no address, no Pod matches the selector; if all addresses are not " +
				"ready, no Pod is ready.",
		},
		{
			Name:  contract.NoReadyEndpoints,
			Title: "The Pods run, but none is ready",
			Mistake: "The readiness probe requests a path that a new version has renamed. The application works, but its " +
				"Pods get no traffic.",
			Changed: "In the Deployment products, the container's readinessProbe.httpGet.path is /ready, for which the app " +
				"returns 404. strategy.type is Recreate, so that no old Pods stay.",
			Arrow:  "the call from orders to products",
			Codes:  []failure.Code{failure.NoEndpoints},
			Causes: []diagnosis.Cause{diagnosis.PodsNotReady},
			Hints: []string{
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
			Teaches: "A running Pod is not always ready. Readiness decides whether a Service sends connections to a Pod. A " +
				"rolling update waits for it: without Recreate, the old Pods would have continued to serve.",
		},
	}
}
