package matrix_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/matrix"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// prove measures the matrix of a cluster with such a network.
func prove(t *testing.T, cluster *demotest.Cluster, enforces bool) (matrix.Matrix, *matrix.Prover, *plugin) {
	t.Helper()
	plugin := &plugin{cluster: cluster, enforces: enforces}
	plugin.agents = demotest.Pods{Measure: plugin.measure}.Serve(t, cluster)
	prover := matrix.New(demotest.Topology(), cluster, plugin.agents)
	measured, err := prover.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return measured, prover, plugin
}

func differences(of matrix.Matrix) (rows []string) {
	for _, row := range of.Rows {
		if !row.Same {
			rows = append(rows, row.FromPod+" "+row.Kind+" "+row.To+" "+row.ToPod+": "+string(row.Expected)+" "+string(row.Measured)+" "+string(row.Code)+" "+row.Detail)
		}
	}
	return rows
}

func find(t *testing.T, in matrix.Matrix, fromPod, kind, to, toPod string) matrix.Row {
	t.Helper()
	for _, row := range in.Rows {
		if row.FromPod == fromPod && row.Kind == kind && row.To == to && row.ToPod == toPod {
			return row
		}
	}
	t.Fatalf("there is no row from %s to %s %s %s", fromPod, kind, to, toPod)
	return matrix.Row{}
}

func TestTheDeclaredCallsAndThePoliciesAgree(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), true)
	if rows := differences(measured); measured.Differences != 0 || len(rows) != 0 {
		t.Errorf("%d rows differ:\n%s", measured.Differences, strings.Join(rows, "\n"))
	}
	// 7 Pods, each to 8 Services, 10 Pods, what is outside, localhost, and 8 controls.
	if len(measured.Rows) != 7*28 {
		t.Errorf("there are %d rows, want %d", len(measured.Rows), 7*28)
	}
	want := "The cluster enforces NetworkPolicies: what is declared answers, and of 96 connections that are not declared, to ports where somebody listens, none came about."
	if measured.Enforced != "yes" || measured.EnforcedDetail != want {
		t.Errorf("enforced: %s, %s\nwant %s", measured.Enforced, measured.EnforcedDetail, want)
	}
}

func TestWhatIsExpectedComesFromTheTopology(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), true)
	for _, want := range []struct {
		fromPod, kind, to, toPod string
		expected                 matrix.Verdict
		reason                   string
	}{
		{"orders-0", "service", "products", "", matrix.Allowed, "orders is declared to call products (PRODUCTS_URL)."},
		{"clients-0", "service", "products", "", matrix.Denied, "No call from clients to products is declared."},
		{"orders-0", "service", "orders", "", matrix.Either, "A Pod that calls its own Service may come to itself, which no policy denies, or to another Pod, which is not declared."},
		{"explorer-0", "service", "traces", "", matrix.Either, "A Pod that calls its own Service may come to itself, which no policy denies, or to another Pod, which is not declared."},
		{"orders-0", "pod", "orders", "orders-0", matrix.Allowed, "No policy cuts a Pod off from itself."},
		{"orders-0", "pod", "orders", "orders-1", matrix.Denied, "No call from orders to orders is declared."},
		{"orders-0", "pod", "products", "products-1", matrix.Allowed, "orders is declared to call products (PRODUCTS_URL)."},
		{"orders-0", "pod", "clients-database", "clients-database-0", matrix.Denied, "No call from orders to clients-database is declared."},
		{"explorer-0", "external", "kubernetes.default.svc", "", matrix.Allowed, "explorer is declared to call kubernetes.default.svc (API_SERVER_URL)."},
		{"orders-0", "external", "kubernetes.default.svc", "", matrix.Either, "No call is declared, but the Kubernetes API may run on the Pod's own node, which no policy has to cut it off from."},
		{"explorer-0", "localhost", "localhost", "", matrix.Allowed, "The probe is in the same Pod, and the containers of a Pod share localhost."},
		{"orders-0", "localhost", "localhost", "", matrix.Denied, "The localhost of another Pod is another one, and nobody listens there."},
		{"explorer-0", "control", "explorer", "explorer-0", matrix.Denied, "The probe listens on 127.0.0.1 alone: its port is closed at the Pod's address, from its own Pod, too."},
		{"explorer-0", "control", "orders", "orders-1", matrix.Allowed, "The explorer asks the Pod at this port to measure."},
		{"orders-0", "control", "orders", "orders-1", matrix.Denied, "The port for measuring is open to the explorer alone."},
		{"orders-0", "control", "orders", "orders-0", matrix.Allowed, "No policy cuts a Pod off from itself."},
		{"orders-0", "control", "traces", "explorer-0", matrix.Allowed, "orders is declared to call traces (TRACES_URL)."},
	} {
		got := find(t, measured, want.fromPod, want.kind, want.to, want.toPod)
		if got.Expected != want.expected || got.Reason != want.reason {
			t.Errorf("%s to %s %s: %s: %s\nwant %s: %s", want.fromPod, want.kind, want.to, got.Expected, got.Reason, want.expected, want.reason)
		}
	}
}

func TestTheSameIsExpectedOfAllRowsOfAGroup(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), true)
	expected, rows := map[string]matrix.Verdict{}, map[string]int{}
	for _, row := range measured.Rows {
		if before, known := expected[row.From+row.Group]; known && before != row.Expected {
			t.Errorf("from %s to %s %s is expected, and %s too", row.From, row.Group, before, row.Expected)
		}
		expected[row.From+row.Group] = row.Expected
		if row.FromPod == "orders-0" {
			rows[row.Group]++
		}
	}
	for group, want := range map[string]int{
		"the Service products": 1, "the Pods of products": 2, "the Pods of orders": 1, "the Pod itself": 2, "localhost": 1,
		"the measuring port of clients": 2, "the measuring port of orders": 1, "the probe's port of explorer": 1,
		"the Pods of traces": 1, "kubernetes.default.svc": 1,
	} {
		if rows[group] != want {
			t.Errorf("from orders-0 there are %d rows to %s, want %d", rows[group], group, want)
		}
	}
}

func TestAClusterThatDoesNotEnforcePoliciesIsNamed(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), false)
	want := "NetworkPolicies are not enforced here: no such connection is declared from clients to products, clients to orders-database, " +
		"clients to products-database and 18 more, and it is let through. Either the cluster lacks a network plugin that enforces them, such as " +
		"Calico, Cilium or kube-router, or somebody has changed or deleted them."
	if measured.Enforced != "no" || measured.EnforcedDetail != want || measured.Differences == 0 {
		t.Errorf("%d differences, enforced: %s, %s\nwant %s", measured.Differences, measured.Enforced, measured.EnforcedDetail, want)
	}
	if row := find(t, measured, "orders-0", "localhost", "localhost", ""); !row.Same {
		t.Errorf("localhost is a difference: %+v", row)
	}
}

// On a cluster of one node the API server is on the node of every Pod, which no policy is about.
func TestAnAPIOnThePodsOwnNodeSaysNothingOfPolicies(t *testing.T) {
	cluster := demotest.NewCluster()
	plugin := &plugin{cluster: cluster, enforces: true}
	plugin.agents = demotest.Pods{Measure: func(pod, target string) measure.Measurement {
		if strings.HasPrefix(target, "tcp://kubernetes.") {
			return connected
		}
		return plugin.measure(pod, target)
	}}.Serve(t, cluster)
	measured, err := matrix.New(demotest.Topology(), cluster, plugin.agents).Measure(t.Context())
	if row := find(t, measured, "orders-0", "external", "kubernetes.default.svc", ""); err != nil || !row.Same || measured.Enforced != "yes" {
		t.Errorf("got %v, %+v, enforced %s: %s; want no difference, and policies that are enforced", err, row, measured.Enforced, measured.EnforcedDetail)
	}
}

func TestADeclaredCallThatFailsIsADifferenceWithItsCause(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Unready("products")
	measured, _, _ := prove(t, cluster, true)
	row := find(t, measured, "orders-0", "service", "products", "")
	if row.Measured != matrix.Denied || row.Same || row.Code != failure.NoEndpoints ||
		!strings.HasPrefix(row.Detail, "The Service products has no ready endpoint: none of the 2 Pods of products is ready (2 Running).") {
		t.Errorf("got %+v, want a denied row without endpoints", row)
	}
	if row := find(t, measured, "products-0", "service", "products-database", ""); row.Measured != matrix.Allowed || !row.Same {
		t.Errorf("got %+v, want it measured from a Pod that is not ready", row)
	}
	if want := "of 78 connections"; !strings.Contains(measured.EnforcedDetail, want) {
		t.Errorf("got %s, want %s: nobody listens behind products", measured.EnforcedDetail, want)
	}
	// orders has two Pods and the explorer one.
	if measured.Differences != 3 || measured.Enforced != "yes" {
		t.Errorf("%d differences, enforced %s; want 3 and yes:\n%s", measured.Differences, measured.Enforced, strings.Join(differences(measured), "\n"))
	}
}

func TestAConnectionCountsWhateverTheAnswer(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(string, string) measure.Measurement {
		return measure.Measurement{Connection: &measure.Connection{}, Failure: &failure.Failure{Code: failure.Server, Detail: "It failed."}}
	}}.Serve(t, cluster)
	measured, err := matrix.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := find(t, measured, "orders-0", "service", "products", "")
	if row.Measured != matrix.Allowed || !row.Same || row.Code != failure.Server || row.Detail != "It failed." {
		t.Errorf("got %+v, want allowed, with the code", row)
	}
}

func TestPodsThatCannotBeAskedAreDifferences(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Workload("orders").Pods = nil
	cluster.Workload("clients").Pods[0].IP = "127.0.0.300" // no address at all
	measured, _, _ := prove(t, cluster, true)
	row := find(t, measured, "", "service", "products", "")
	if row.From != "orders" || row.Measured != matrix.Unmeasured || row.Same || row.Detail != "No Pod of orders runs that could measure." {
		t.Errorf("got %+v, want a row that is not measured", row)
	}
	row = find(t, measured, "clients-0", "service", "orders", "")
	if row.Measured != matrix.Unmeasured || !strings.HasPrefix(row.Detail, "The Pod clients-0 cannot be asked at port ") {
		t.Errorf("got %+v, want a row that is not measured", row)
	}
}

func TestNobodyAnswersSoNothingIsKnownOfPolicies(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(string, string) measure.Measurement { return refused }}.Serve(t, cluster)
	measured, err := matrix.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil || measured.Enforced != "unknown" {
		t.Errorf("enforced %s, %v; want unknown", measured.Enforced, err)
	}
}

// Who cannot resolve a name does not come to any policy of the callee.
func TestNamesThatAreNotResolvedSayNothingOfPolicies(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(pod, target string) measure.Measurement {
		own := slices.ContainsFunc(cluster.Seen.Workloads, func(workload network.Workload) bool {
			return slices.ContainsFunc(workload.Pods, func(one network.Pod) bool { return one.Name == pod && strings.Contains(target, one.IP+":") })
		})
		if own || pod == "explorer-0" && strings.HasPrefix(target, "tcp://kubernetes.") {
			return connected
		}
		return measure.Measurement{Failure: &failure.Failure{Code: failure.DNS, Detail: "No DNS server answers."}}
	}}.Serve(t, cluster)
	measured, err := matrix.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil || measured.Enforced != "unknown" {
		t.Errorf("enforced %s, %v; want unknown", measured.Enforced, err)
	}
}

func TestWhoeverAsksGetsARoundOfTheirOwn(t *testing.T) {
	first, prover, plugin := prove(t, demotest.NewCluster(), true)
	var asked sync.WaitGroup
	began := make(chan time.Time, 3)
	for range cap(began) {
		asked.Go(func() {
			own, err := prover.Measure(t.Context())
			if err != nil || !own.MeasuredAt.After(first.MeasuredAt) {
				t.Errorf("got a round of %s, %v; want one after that of %s", own.MeasuredAt, err, first.MeasuredAt)
			}
			began <- own.MeasuredAt
		})
	}
	asked.Wait()
	close(began)
	different := map[time.Time]bool{}
	for at := range began {
		different[at] = true
	}
	if len(different) != cap(began) || plugin.count != len(first.Rows)*(1+cap(began)) {
		t.Errorf("%d rounds and %d measurements, want %d rounds of %d rows", len(different), plugin.count, cap(began), len(first.Rows))
	}
}

func TestARoundThatCannotBeginInTimeIsAProblem(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	begun, over := make(chan struct{}, 1000), make(chan struct{})
	agents := demotest.Pods{Measure: func(string, string) measure.Measurement {
		begun <- struct{}{}
		<-over
		return connected
	}}
	cluster := demotest.NewCluster()
	prover := matrix.New(demotest.Topology(), cluster, agents.Serve(t, cluster))
	var first sync.WaitGroup
	first.Go(func() { _, _ = prover.Measure(t.Context()) })
	<-begun
	cancel()
	_, err := prover.Measure(ctx)
	close(over)
	first.Wait()
	if got := problem.From(err); got.Status != 503 || got.Detail != "Others measure the matrix at the moment. Try again later." {
		t.Errorf("got %v, want a 503 that says why", err)
	}
}

func TestAnUnknownClusterIsNotMeasured(t *testing.T) {
	cluster := &demotest.Cluster{Seen: network.Network{Problem: "The Kubernetes API is away."}}
	agents := demotest.Pods{}.Serve(t, cluster)
	_, err := matrix.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if got := problem.From(err); got.Status != 503 || got.Detail != "The matrix cannot be measured now. The Kubernetes API is away." {
		t.Errorf("got %v, want a 503 with the problem", err)
	}
}

// Policies know no names: what is open to one server outside is open to all others at its port.
func TestServersOutsideAtTheSamePortCannotBeToldApart(t *testing.T) {
	topology, cluster := demotest.Topology(), demotest.NewCluster()
	for _, owner := range []string{"clients", "orders"} {
		name := owner + ".db.test"
		topology.Nodes = append(topology.Nodes, contract.Node{Name: name, Kind: contract.ExternalNode, URL: "postgresql://" + name + ":5432"})
		topology.Calls = append(topology.Calls, contract.Call{From: owner, To: name, Variable: "DATABASE_HOST"})
	}
	agents := demotest.Pods{Measure: func(string, string) measure.Measurement { return connected }}.Serve(t, cluster)
	measured, err := matrix.New(topology, cluster, agents).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for pod, want := range map[string]matrix.Verdict{"clients-0": matrix.Allowed, "orders-0": matrix.Either, "products-0": matrix.Denied} {
		if got := find(t, measured, pod, "external", "clients.db.test", ""); got.Expected != want {
			t.Errorf("from %s: %s is expected, want %s", pod, got.Expected, want)
		}
	}
	if got := find(t, measured, "orders-0", "service", "clients-database", ""); got.Expected != matrix.Denied {
		t.Errorf("%s is expected of a database inside, want denied", got.Expected)
	}
}
