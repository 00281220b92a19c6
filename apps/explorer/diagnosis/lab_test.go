package diagnosis_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/internal/failure"
)

func TestEachLabHasItsCause(t *testing.T) {
	for name, lab := range map[contract.Lab]example{
		contract.DenyDNS: {
			breaks: denyDNS, measured: unresolved("REFUSED"), code: failure.DNS,
			detail: "The network policies do not let orders ask DNS, so that it resolves no name at all. For egress its Pods are selected by " +
				"default-deny and orders, and none of these opens port 53 of kube-dns. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		contract.ServiceDeleted: {
			breaks: deleteService("products"), measured: unresolved("NXDOMAIN"), code: failure.DNS,
			detail: "There is no Service products in the namespace demo, so that the name products.demo.svc has no address. " +
				"Look at: kubectl -n demo get services",
		},
		contract.WrongSelector: {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Selector["app.kubernetes.io/name"] = "product"
				cluster.Service("products").Endpoints = nil
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: it selects Pods with app.kubernetes.io/name=product,app.kubernetes.io/part-of=kubernetes-networking, " +
				"and no Pod has these labels; the nearest, those of products, have app.kubernetes.io/name=products. Look at: kubectl -n demo get pods --show-labels",
		},
		contract.NoReadyEndpoints: {
			breaks: func(cluster *demotest.Cluster) { cluster.Unready("products") }, measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: none of the 2 Pods of products is ready (2 Running). " +
				"Look at: kubectl -n demo describe pods -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking",
		},
		contract.WrongPort: {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Ports[0].TargetPort = "8081"
				cluster.Service("products").Endpoints[0].Port, cluster.Service("products").Endpoints[1].Port = 8081, 8081
			},
			measured: unconnected(failure.Timeout), code: failure.Timeout,
			detail: "The Service products leads its port 80 to port 8081 of its Pods, and no container there declares that port, only 8080 port. " +
				"Look at: kubectl -n demo describe service products",
		},
		contract.DenyCall: {
			breaks: func(cluster *demotest.Cluster) {
				rules := &cluster.Policy("products").Spec.Ingress
				*rules = (*rules)[1:] // the first is that of orders
			},
			measured: unconnected(failure.Refused), code: failure.Policy,
			detail: "The network policies of products do not let orders in at port 8080. For ingress its Pods are selected by default-deny and products, " +
				"and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy default-deny products",
		},
		contract.SlowPeer: {
			measured: connected(failure.Timeout, nil), code: failure.Timeout,
			detail: "orders connected to products in 0.4 ms, and no answer came within 2.0 s: the Pod that took the connection is slow, or hangs. " +
				"Look at: kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		contract.DatabaseDown: {
			breaks: func(cluster *demotest.Cluster) {
				scaleToZero("products-database")(cluster)
				cluster.Unready("products")
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: none of the 2 Pods of products is ready (2 Running), since it takes their database to be " +
				"ready, and products-database has no ready endpoint either. " +
				"Look at: kubectl -n demo describe pods -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking",
		},
	} {
		t.Run(string(name), lab.check)
	}
}
