package diagnosis_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

func TestEachLabHasItsCause(t *testing.T) {
	for name, lab := range map[contract.Lab]example{
		contract.DenyDNS: {
			cause:  diagnosis.DNSDenied,
			breaks: denyDNS, measured: unresolved(silent), code: failure.DNS,
			words:   []string{"deny DNS to orders", "default-deny and orders", "port 53 of kube-dns"},
			command: "kubectl -n demo describe networkpolicy default-deny orders",
		},
		contract.ServiceDeleted: {
			cause:  diagnosis.ServiceMissing,
			breaks: deleteService("products"), measured: unresolved("NXDOMAIN"), code: failure.DNS,
			words:   []string{"no Service products in the namespace demo", "products.demo.svc"},
			command: "kubectl -n demo get services",
		},
		contract.WrongSelector: {
			cause: diagnosis.NothingSelected,
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Selector["app.kubernetes.io/name"] = "product"
				cluster.Service("products").Endpoints = nil
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			words:   []string{"app.kubernetes.io/name=product,", "no Pod has these labels", "products, has app.kubernetes.io/name=products"},
			command: "kubectl -n demo get pods --show-labels",
		},
		contract.NoReadyEndpoints: {
			cause:  diagnosis.PodsNotReady,
			breaks: func(cluster *demotest.Cluster) { cluster.Unready("products") }, measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			words:   []string{"none of the 2 Pods of products is ready (2 Running)"},
			command: "kubectl -n demo describe pods -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking",
		},
		contract.WrongPort: {
			cause: diagnosis.WrongTargetPort,
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Ports[0].TargetPort = "8081"
				cluster.Service("products").Endpoints[0].Port, cluster.Service("products").Endpoints[1].Port = 8081, 8081
			},
			measured: unconnected(failure.Timeout), code: failure.Timeout,
			words:   []string{"port 80", "targetPort 8081", "only 8080 port"},
			command: "kubectl -n demo describe service products",
		},
		contract.DenyCall: {
			cause: diagnosis.PolicyDenied,
			breaks: func(cluster *demotest.Cluster) {
				rules := &cluster.Policy("products").Spec.Ingress
				*rules = (*rules)[1:] // the first rule allows orders
			},
			measured: unconnected(failure.Refused), code: failure.Policy,
			words:   []string{"policies of products do not let orders in at port 8080", "ingress", "default-deny and products"},
			command: "kubectl -n demo describe networkpolicy default-deny products",
		},
		contract.SlowPeer: {
			cause:    diagnosis.NoAnswer,
			measured: connected(failure.Timeout, nil), code: failure.Timeout,
			words:   []string{"products accepted the connection", "no answer within 2 s"},
			command: "kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		contract.DatabaseDown: {
			cause: diagnosis.DatabaseDown,
			breaks: func(cluster *demotest.Cluster) {
				scaleToZero("products-database")(cluster)
				cluster.Unready("products")
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			words:   []string{"none of the 2 Pods of products is ready (2 Running)", "database", "products-database has no ready endpoint"},
			command: "kubectl -n demo describe pods -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking",
		},
	} {
		t.Run(string(name), lab.check)
	}
}
