package diagnosis_test

import (
	"net/netip"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// silent is the outcome of a query that no server answered.
const silent = "no answer (rejected)"

// unresolved is a measurement that failed at the name, with this outcome of its queries.
func unresolved(outcome string) measure.Measurement {
	why := &failure.Failure{Code: failure.DNS, Detail: "The name could not be looked up."}
	queries := []measure.Query{
		{Name: "products.demo.svc.", Outcome: outcome, Answered: outcome != silent},
		{Name: "products.demo.svc.cluster.local.", Outcome: outcome, Answered: outcome != silent},
	}
	return measure.Measurement{From: "orders-0", Resolution: &measure.Resolution{Queries: queries, Failure: why}, Failure: why}
}

// unresolvedAfter is like unresolved, with a server's answer to the first query.
func unresolvedAfter(answer, outcome string) measure.Measurement {
	measured := unresolved(outcome)
	measured.Resolution.Queries[0].Outcome, measured.Resolution.Queries[0].Answered = answer, true
	return measured
}

// unconnected is a measurement whose name had an address, where no connection came about.
func unconnected(code failure.Code) measure.Measurement {
	return measure.Measurement{
		From:       "orders-0",
		Resolution: &measure.Resolution{Addresses: []netip.Addr{netip.MustParseAddr("10.96.0.3")}},
		Failure:    &failure.Failure{Code: code, Detail: "As measured."},
	}
}

// connected is a measurement whose connection came about. It took 2.1 seconds until it was given up.
func connected(code failure.Code, answer *measure.Answer) measure.Measurement {
	return measure.Measurement{
		From: "orders-0", Resolution: &measure.Resolution{Milliseconds: 99.6}, Connection: &measure.Connection{Milliseconds: 0.4},
		Answer: answer, Milliseconds: 2100, Failure: &failure.Failure{Code: code, Detail: "As measured."},
	}
}

type example struct {
	from, to string // orders and products if they are empty
	breaks   func(*demotest.Cluster)
	measured measure.Measurement
	code     failure.Code
	cause    diagnosis.Cause // not checked if it is empty
	detail   string
}

func (e example) check(t *testing.T) {
	t.Helper()
	cluster, topology := demotest.NewCluster(), demotest.Topology()
	if e.breaks != nil {
		e.breaks(cluster)
	}
	if e.from == "" {
		e.from, e.to = "orders", "products"
	}
	from, _ := topology.Node(e.from)
	to, found := topology.Node(e.to)
	if !found { // a test's own
		to = contract.Node{Name: e.to, Kind: contract.ExternalNode, URL: "postgresql://" + e.to + ":5432"}
	}
	got := diagnosis.Of(cluster.Network(), cluster.Policies(), topology, from, to, e.measured)
	if got.Code != e.code || got.String() != e.detail {
		t.Errorf("got  %s: %s\nwant %s: %s", got.Code, got, e.code, e.detail)
	}
	if e.cause != "" && got.Cause != e.cause || (got.Cause == "") != (e.code == "") {
		t.Errorf("got the cause %q, want %q", got.Cause, e.cause)
	}
}

func scaleToZero(name string) func(*demotest.Cluster) {
	return func(cluster *demotest.Cluster) {
		cluster.Workload(name).Desired, cluster.Workload(name).Pods = 0, nil
		cluster.Service(name).Endpoints = nil
	}
}

func deleteService(name string) func(*demotest.Cluster) {
	return func(cluster *demotest.Cluster) { *cluster.Service(name) = network.Service{} }
}

func denyDNS(cluster *demotest.Cluster) {
	rules := &cluster.Policy("orders").Spec.Egress
	*rules = (*rules)[:len(*rules)-1]
}

func TestTheFirstStepThatExplainsAFailureIsItsCause(t *testing.T) {
	for name, test := range map[string]example{
		"it works": {},
		"its database is scaled to zero": {
			from: "products", to: "products-database", breaks: scaleToZero("products-database"), measured: unconnected(failure.Refused),
			code:   failure.NoEndpoints,
			detail: "The Service products-database has no ready endpoint: the StatefulSet products-database is scaled to zero. Look at: kubectl -n demo get statefulset products-database",
		},
		"no Pod could be made": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Workload("products").Pods, cluster.Service("products").Endpoints = nil, nil
			},
			measured: unconnected(failure.Timeout), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: the Deployment products wants 2 Pods and has none. Look at: kubectl -n demo describe deployment products",
		},
		"a Service without a selector": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Selector, cluster.Service("products").Endpoints = nil, nil
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			detail: "The Service products has no ready endpoint: it has no selector, and nobody has given it an EndpointSlice. Look at: kubectl -n demo describe service products",
		},
		"a headless Service without endpoints has no address": {
			from: "products", to: "products-database",
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products-database").ClusterIP = "None"
				scaleToZero("products-database")(cluster)
			},
			measured: unresolved("NXDOMAIN"), code: failure.NoEndpoints,
			detail: "The Service products-database has no ready endpoint: the StatefulSet products-database is scaled to zero. Look at: kubectl -n demo get statefulset products-database",
		},
		"DNS denied, and no endpoint either": {
			breaks:   func(cluster *demotest.Cluster) { denyDNS(cluster); cluster.Unready("products") },
			measured: unresolved(silent), code: failure.DNS,
			detail: "The network policies deny DNS to orders, so that it resolves no name at all. For egress its Pods are selected by " +
				"default-deny and orders, and none of these opens port 53 of kube-dns. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		"DNS denied, and one query is part of an exchange that was allowed": {
			breaks: denyDNS, measured: unresolvedAfter("NXDOMAIN", silent), code: failure.DNS, cause: diagnosis.DNSDenied,
			detail: "The network policies deny DNS to orders, so that it resolves no name at all. For egress its Pods are selected by " +
				"default-deny and orders, and none of these opens port 53 of kube-dns. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		"DNS answered before it was denied": {
			breaks:   func(cluster *demotest.Cluster) { denyDNS(cluster); deleteService("products")(cluster) },
			measured: unresolved("NXDOMAIN"), code: failure.DNS,
			detail: "There is no Service products in the namespace demo, so that the name products.demo.svc has no address. Look at: kubectl -n demo get services",
		},
		"DNS is away": {
			measured: unresolved(silent), code: failure.DNS,
			detail: "No DNS server answered the queries of orders, and no network policy of the namespace demo denies them. " +
				"Look at: kubectl -n kube-system get pods -l k8s-app=kube-dns",
		},
		"DNS fails": {
			measured: unresolved("SERVFAIL"), code: failure.DNS,
			detail: "The name could not be looked up. Look at: kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20",
		},
		"the Service was deleted a moment ago": {
			breaks: deleteService("products"), measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "There is no Service products in the namespace demo, so that the name products.demo.svc has no address. Look at: kubectl -n demo get services",
		},
		"the Service has another port": {
			breaks:   func(cluster *demotest.Cluster) { cluster.Service("products").Ports[0].Port = 81 },
			measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "The Service products has no port 80, only 81. Look at: kubectl -n demo describe service products",
		},
		"a target port by a name that no container has": {
			breaks:   func(cluster *demotest.Cluster) { cluster.Service("products").Ports[0].TargetPort = "web" },
			measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "The Service products forwards its port 80 to the targetPort web, and no container of its Pods declares that port, only 8080 port. " +
				"Look at: kubectl -n demo describe service products",
		},
		"the caller's own policy": {
			from: "clients", to: "products", measured: unconnected(failure.Timeout), code: failure.Policy,
			detail: "The network policies of clients do not let clients out to products at port 8080. For egress its Pods are selected by clients and " +
				"default-deny, and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy clients default-deny",
		},
		"no route, which a policy may be the reason of": {
			from: "clients", to: "products", measured: unconnected(failure.Other), code: failure.Other,
			detail: "As measured. The network policies of clients do not let clients out to products at port 8080. For egress its Pods are selected by " +
				"clients and default-deny, and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy clients default-deny",
		},
		"refused, and all is in order": {
			measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "As measured. The Service products has 2 ready endpoints, and no network policy of the namespace denies the call. " +
				"Look at: kubectl -n demo logs -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking --tail=20",
		},
		"endpoints that somebody has written by hand": {
			breaks:   func(cluster *demotest.Cluster) { cluster.Service("products").Selector = nil },
			measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "As measured. The Service products has 2 ready endpoints, and no workload of the demo " +
				"has Pods that it selects. Look at: kubectl -n demo describe service products",
		},
		"the server failed": {
			measured: connected(failure.Server, &measure.Answer{Status: 503, Text: "503 Service Unavailable", Pod: "products-1"}), code: failure.Server,
			detail: "products answered 503 Service Unavailable: the connection works, and the called service failed. " +
				"Look at: kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		"garbled": {
			measured: connected(failure.Other, nil), code: failure.Other,
			detail: "products accepted the connection, and sent no valid answer. As measured. " +
				"Look at: kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		"the cluster is not known": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Seen = network.Network{Problem: "The Kubernetes API is away."}
			},
			measured: unconnected(failure.Refused), code: failure.Refused,
			detail: "As measured. The state of the cluster is not available at the moment.",
		},
		"the Kubernetes API": {
			from: "explorer", to: "kubernetes.default.svc", measured: unconnected(failure.Timeout), code: failure.Timeout,
			detail: "As measured. kubernetes.default.svc is outside of the namespace demo, and the explorer reads this namespace alone.",
		},
		"an external address that no policy opens": {
			from: "orders", to: "198.51.100.7", measured: unconnected(failure.Timeout), code: failure.Policy,
			detail: "The network policies of orders do not let orders out to 198.51.100.7 at port 5432. For egress its Pods are selected by default-deny " +
				"and orders, and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		"an external name whose address no policy opens": {
			from: "orders", to: "db.test", measured: unconnected(failure.Timeout), code: failure.Policy,
			detail: "The network policies of orders do not let orders out to db.test at port 5432. For egress its Pods are selected by default-deny " +
				"and orders, and no rule of these allows it. Look at: kubectl -n demo describe networkpolicy default-deny orders",
		},
		"an external name that does not exist": {
			from: "orders", to: "db.test", measured: unresolved("NXDOMAIN"), code: failure.DNS,
			detail: "The name could not be looked up. Look at: kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20",
		},
	} {
		t.Run(name, test.check)
	}
}
