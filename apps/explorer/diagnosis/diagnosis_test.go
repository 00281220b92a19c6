package diagnosis_test

import (
	"net/netip"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// silent is the outcome of a query without an answer.
const silent = "no answer (rejected)"

// unresolved returns a measurement whose name did not resolve, with the outcome of its queries.
func unresolved(outcome string) probe.Measurement {
	why := &failure.Failure{Code: failure.DNS, Detail: "The name could not be looked up."}
	queries := []probe.Query{
		{Name: "products.demo.svc.", Outcome: outcome, Answered: outcome != silent},
		{Name: "products.demo.svc.cluster.local.", Outcome: outcome, Answered: outcome != silent},
	}
	return probe.Measurement{From: "orders-0", Resolution: &probe.Resolution{Queries: queries, Failure: why}, Failure: why}
}

// unresolvedAfter is like unresolved, but a server answered the first query.
func unresolvedAfter(answer, outcome string) probe.Measurement {
	measured := unresolved(outcome)
	measured.Resolution.Queries[0].Outcome, measured.Resolution.Queries[0].Answered = answer, true
	return measured
}

// unconnected returns a measurement whose name resolved, and whose connection failed.
func unconnected(code failure.Code) probe.Measurement {
	return probe.Measurement{
		From:       "orders-0",
		Resolution: &probe.Resolution{Addresses: []netip.Addr{netip.MustParseAddr("10.96.0.3")}},
		Failure:    &failure.Failure{Code: code, Detail: "As measured."},
	}
}

// connected returns a measurement whose connection was made, and which failed after 2.1 seconds.
func connected(code failure.Code, answer *probe.Answer) probe.Measurement {
	return probe.Measurement{
		From: "orders-0", Resolution: &probe.Resolution{Milliseconds: 99.6}, Connection: &probe.Connection{Milliseconds: 0.4},
		Answer: answer, Milliseconds: 2100, Failure: &failure.Failure{Code: code, Detail: "As measured."},
	}
}

type example struct {
	from, to string // orders and products if they are empty
	breaks   func(*demotest.Cluster)
	measured probe.Measurement
	code     failure.Code
	cause    diagnosis.Cause // not checked if it is empty
	words    []string        // parts of the detail
	command  string
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
	if !found { // a server that only a test declares
		to = contract.Node{Name: e.to, Kind: contract.ExternalNode, URL: "postgresql://" + e.to + ":5432"}
	}
	got := diagnosis.Of(cluster.Network(), cluster.Policies(), topology, from, to, e.measured)
	if got.Code != e.code || got.Command != e.command || (got.Detail == "") != (len(e.words) == 0) {
		t.Errorf("got  %+v\nwant %s with the command %s", got, e.code, e.command)
	}
	for _, words := range e.words {
		if !strings.Contains(got.Detail, words) {
			t.Errorf("got %q, want it to contain %q", got.Detail, words)
		}
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
			code:    failure.NoEndpoints,
			words:   []string{"StatefulSet products-database is scaled to zero"},
			command: "kubectl -n demo get statefulset products-database",
		},
		"no Pod could be created": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Workload("products").Pods, cluster.Service("products").Endpoints = nil, nil
			},
			measured: unconnected(failure.Timeout), code: failure.NoEndpoints,
			words:   []string{"Deployment products should have 2 Pods, but has none"},
			command: "kubectl -n demo describe deployment products",
		},
		"a Service without a selector": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products").Selector, cluster.Service("products").Endpoints = nil, nil
			},
			measured: unconnected(failure.Refused), code: failure.NoEndpoints,
			words:   []string{"no selector"},
			command: "kubectl -n demo describe service products",
		},
		"a headless Service without endpoints has no address": {
			from: "products", to: "products-database",
			breaks: func(cluster *demotest.Cluster) {
				cluster.Service("products-database").ClusterIP = "None"
				scaleToZero("products-database")(cluster)
			},
			measured: unresolved("NXDOMAIN"), code: failure.NoEndpoints,
			words:   []string{"StatefulSet products-database is scaled to zero"},
			command: "kubectl -n demo get statefulset products-database",
		},
		"DNS is denied, and no endpoint is ready": {
			breaks:   func(cluster *demotest.Cluster) { denyDNS(cluster); cluster.Unready("products") },
			measured: unresolved(silent), code: failure.DNS,
			words:   []string{"deny DNS to orders", "default-deny and orders", "port 53 of kube-dns"},
			command: "kubectl -n demo describe networkpolicy default-deny orders",
		},
		"DNS is denied, and one query was answered before": {
			breaks: denyDNS, measured: unresolvedAfter("NXDOMAIN", silent), code: failure.DNS, cause: diagnosis.DNSDenied,
			words:   []string{"deny DNS to orders", "default-deny and orders", "port 53 of kube-dns"},
			command: "kubectl -n demo describe networkpolicy default-deny orders",
		},
		"DNS answered before it was denied": {
			breaks:   func(cluster *demotest.Cluster) { denyDNS(cluster); deleteService("products")(cluster) },
			measured: unresolved("NXDOMAIN"), code: failure.DNS,
			words:   []string{"no Service products in the namespace demo", "products.demo.svc"},
			command: "kubectl -n demo get services",
		},
		"DNS is down": {
			measured: unresolved(silent), code: failure.DNS,
			words:   []string{"No DNS server answered the queries of orders", "no network policy of the namespace demo"},
			command: "kubectl -n kube-system get pods -l k8s-app=kube-dns",
		},
		"DNS fails": {
			measured: unresolved("SERVFAIL"), code: failure.DNS,
			words:   []string{"The name could not be looked up."},
			command: "kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20",
		},
		"the Service was deleted a moment ago": {
			breaks: deleteService("products"), measured: unconnected(failure.Refused), code: failure.Refused,
			words:   []string{"no Service products in the namespace demo", "products.demo.svc"},
			command: "kubectl -n demo get services",
		},
		"the Service has another port": {
			breaks:   func(cluster *demotest.Cluster) { cluster.Service("products").Ports[0].Port = 81 },
			measured: unconnected(failure.Refused), code: failure.Refused,
			words:   []string{"not have the port 80, only 81"},
			command: "kubectl -n demo describe service products",
		},
		"a target port by a name that no container has": {
			breaks:   func(cluster *demotest.Cluster) { cluster.Service("products").Ports[0].TargetPort = "web" },
			measured: unconnected(failure.Refused), code: failure.Refused,
			words:   []string{"port 80", "targetPort web", "only 8080 port"},
			command: "kubectl -n demo describe service products",
		},
		"a target port that was corrected a moment ago": {
			breaks: func(cluster *demotest.Cluster) {
				endpoints := cluster.Service("products").Endpoints
				endpoints[0].Port, endpoints[1].Port = 8081, 8081
			},
			measured: unconnected(failure.Timeout), code: failure.Timeout, cause: diagnosis.Unexplained,
			words:   []string{"forwards its port 80 to port 8080", "its endpoints still have port 8081"},
			command: "kubectl -n demo get endpointslices -l kubernetes.io/service-name=products",
		},
		"the caller's own policy": {
			from: "clients", to: "products", measured: unconnected(failure.Timeout), code: failure.Policy,
			words:   []string{"policies of clients do not let clients out to products at port 8080", "egress", "clients and default-deny"},
			command: "kubectl -n demo describe networkpolicy clients default-deny",
		},
		"no route, possibly because of a policy": {
			from: "clients", to: "products", measured: unconnected(failure.Other), code: failure.Other,
			words:   []string{"As measured.", "policies of clients do not let clients out to products at port 8080", "egress", "clients and default-deny"},
			command: "kubectl -n demo describe networkpolicy clients default-deny",
		},
		"refused, although nothing is wrong": {
			measured: unconnected(failure.Refused), code: failure.Refused,
			words:   []string{"As measured.", "2 ready endpoints", "no network policy of the namespace"},
			command: "kubectl -n demo logs -l app.kubernetes.io/name=products,app.kubernetes.io/part-of=kubernetes-networking --tail=20",
		},
		"endpoints that were written by hand": {
			breaks: func(cluster *demotest.Cluster) {
				service := cluster.Service("products")
				service.Selector, service.Endpoints[0].Port, service.Endpoints[1].Port = nil, 9000, 9000
				service.Ports[0].TargetPort = "8080" // has no effect without a selector
			},
			measured: unconnected(failure.Refused), code: failure.Refused,
			words:   []string{"As measured.", "2 ready endpoints", "no workload of the demo"},
			command: "kubectl -n demo describe service products",
		},
		"the server failed": {
			measured: connected(failure.Server, &probe.Answer{Status: 503, Text: "503 Service Unavailable", Pod: "products-1"}), code: failure.Server,
			words:   []string{"products answered 503 Service Unavailable"},
			command: "kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		"an invalid answer": {
			measured: connected(failure.Other, nil), code: failure.Other,
			words:   []string{"products accepted the connection", "no valid answer", "As measured."},
			command: "kubectl -n demo logs -l app.kubernetes.io/name=products --tail=20",
		},
		"the cluster is unknown": {
			breaks: func(cluster *demotest.Cluster) {
				cluster.Seen = network.Network{Problem: "The Kubernetes API is down."}
			},
			measured: unconnected(failure.Refused), code: failure.Refused,
			words: []string{"As measured.", "state of the cluster"},
		},
		"the Kubernetes API": {
			from: "explorer", to: "kubernetes.default.svc", measured: unconnected(failure.Timeout), code: failure.Timeout,
			words: []string{"As measured.", "kubernetes.default.svc is outside the namespace demo"},
		},
		"an external address that no policy opens": {
			from: "orders", to: "198.51.100.7", measured: unconnected(failure.Timeout), code: failure.Policy,
			words:   []string{"policies of orders do not let orders out to 198.51.100.7 at port 5432", "egress", "default-deny and orders"},
			command: "kubectl -n demo describe networkpolicy default-deny orders",
		},
		"an external name whose address no policy opens": {
			from: "orders", to: "db.test", measured: unconnected(failure.Timeout), code: failure.Policy,
			words:   []string{"policies of orders do not let orders out to db.test at port 5432", "egress", "default-deny and orders"},
			command: "kubectl -n demo describe networkpolicy default-deny orders",
		},
		"an external name that does not exist": {
			from: "orders", to: "db.test", measured: unresolved("NXDOMAIN"), code: failure.DNS,
			words:   []string{"The name could not be looked up."},
			command: "kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20",
		},
	} {
		t.Run(name, test.check)
	}
}
