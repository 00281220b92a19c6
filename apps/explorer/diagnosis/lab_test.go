package diagnosis_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

func TestEachLabHasItsCause(t *testing.T) {
	for name, lab := range map[contract.Lab]example{
		contract.DenyDNS: {
			cause:  diagnosis.DNSDenied,
			breaks: denyDNS, measured: unresolved(silent), code: failure.DNS,
			detail: "The network policies deny DNS to orders, so that it resolves no name at all. For egress its Pods are selected by " +
				"default-deny and orders, and none of these opens port 53 of kube-dns. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		contract.ServiceDeleted: {
			cause:  diagnosis.ServiceMissing,
			breaks: deleteService("products"), measured: unresolved("NXDOMAIN"), code: failure.DNS,
			detail: "There is no Service products in the namespace demo, so that the name products.demo.svc has no address. " +
				"Look at: kubectl -n demo get services",
		},
		contract.WrongSelector: {
			cause: diagnosis.NothingSelected,
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Selector["app.kubernetes.io/name"] = "product"
				cluster.Service("products").Endpoints = nil
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: it selects Pods with app.kubernetes.io/name=product,app.kubernetes.io/part-of=kubernetes-networking, " +
				"and no Pod has these labels; the nearest, those of products, have app.kubernetes.io/name=products. Look at: kubectl -n demo get pods --show-labels",
		},
		contract.NoReadyEndpoints: {
			cause:  diagnosis.PodsNotReady,
			breaks: func(cluster *demotest.Cluster) { cluster.Unready("products") }, measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: none of the 2 Pods of products is ready (2 Running). " +
				"Look at: kubectl -n demo describe pods -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking",
		},
		contract.WrongPort: {
			cause: diagnosis.WrongTargetPort,
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Ports[0].TargetPort = "8081"
				cluster.Service("products").Endpoints[0].Port, cluster.Service("products").Endpoints[1].Port = 8081, 8081
			},
			measured: unconnected(failure.Timeout), code: failure.Timeout,
			detail: "The Service products forwards its port 80 to the targetPort 8081, and no container of its Pods declares that port, only 8080 port. " +
				"Look at: kubectl -n demo describe service products",
		},
		contract.DenyCall: {
			cause: diagnosis.PolicyDenied,
			breaks: func(cluster *demotest.Cluster) {
				rules := &cluster.Policy("products").Spec.Ingress
				*rules = (*rules)[1:] // the first is that of orders
			},
			measured: unconnected(failure.Refused), code: failure.Policy,
			detail: "The network policies of products do not let orders in at port 8080. For ingress its Pods are selected by default-deny and products, " +
				"and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy default-deny products",
		},
		contract.SlowPeer: {
			cause:    diagnosis.NoAnswer,
			measured: connected(failure.Timeout, nil), code: failure.Timeout,
			detail: "products accepted the connection, and sent no answer within 2 s: the called service is slow, or hangs. " +
				"Look at: kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		contract.DatabaseDown: {
			cause: diagnosis.DatabaseDown,
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
