package prover_test

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/prover"
	"example.com/kubernetes-networking/apps/internal/probe"
)

func TestTheExpectationFollowsFromTheTopology(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), true)
	for _, want := range []struct {
		fromPod   string
		kind      matrix.Kind
		to, toPod string
		expected  matrix.Verdict
		reason    string
	}{
		{"orders-0", "service", "products", "", matrix.Allowed, "orders is declared to call products (PRODUCTS_URL)."},
		{"clients-0", "service", "products", "", matrix.Denied, "No call from clients to products is declared."},
		{"orders-0", "service", "orders", "", matrix.Either, "may reach itself"},
		{"explorer-0", "service", "traces", "", matrix.Either, "may reach itself"},
		{"orders-0", "pod", "orders", "orders-0", matrix.Allowed, "No policy separates a Pod from itself."},
		{"orders-0", "pod", "orders", "orders-1", matrix.Denied, "No call from orders to orders is declared."},
		{"orders-0", "pod", "products", "products-1", matrix.Allowed, "orders is declared to call products (PRODUCTS_URL)."},
		{"orders-0", "pod", "clients-database", "clients-database-0", matrix.Denied, "No call from orders to clients-database is declared."},
		{"explorer-0", "external", "kubernetes.default.svc", "", matrix.Allowed, "explorer is declared to call kubernetes.default.svc (API_SERVER_URL)."},
		{"orders-0", "external", "kubernetes.default.svc", "", matrix.Either, "the Pod's own node"},
		{"explorer-0", "localhost", "localhost", "", matrix.Allowed, "The probe is in the same Pod, and the containers of a Pod share localhost."},
		{"orders-0", "localhost", "localhost", "", matrix.Denied, "own localhost"},
		{"explorer-0", "control", "explorer", "explorer-0", matrix.Denied, "The probe listens only on 127.0.0.1: its port is closed at the Pod's address, even to its own Pod."},
		{"explorer-0", "control", "orders", "orders-1", matrix.Allowed, "The explorer measures through this port."},
		{"orders-0", "control", "orders", "orders-1", matrix.Denied, "Only the explorer may use the probe port."},
		{"orders-0", "control", "orders", "orders-0", matrix.Allowed, "No policy separates a Pod from itself."},
		{"orders-0", "control", "traces", "explorer-0", matrix.Allowed, "orders is declared to call traces (TRACES_URL)."},
	} {
		got := find(t, measured, want.fromPod, want.kind, want.to, want.toPod)
		if got.Expected != want.expected || !strings.Contains(got.Reason, want.reason) {
			t.Errorf("%s to %s %s: %s: %s\nwant %s: %s", want.fromPod, want.kind, want.to, got.Expected, got.Reason, want.expected, want.reason)
		}
	}
}

func TestAllRowsOfAGroupHaveTheSameExpectation(t *testing.T) {
	measured, _, _ := prove(t, demotest.NewCluster(), true)
	expected, rows := map[string]matrix.Verdict{}, map[string]int{}
	for _, row := range measured.Rows {
		if before, known := expected[row.From+row.Group]; known && before != row.Expected {
			t.Errorf("from %s to %s, %s is expected, but also %s", row.From, row.Group, before, row.Expected)
		}
		expected[row.From+row.Group] = row.Expected
		if row.FromPod == "orders-0" {
			rows[row.Group]++
		}
	}
	for group, want := range map[string]int{
		"the Service products": 1, "the Pods of products": 2, "the Pods of orders": 1, "the Pod itself": 2, "localhost": 1,
		"the probe port of clients": 2, "the probe port of orders": 1, "the probe port of explorer": 1,
		"the Pods of traces": 1, "kubernetes.default.svc": 1,
	} {
		if rows[group] != want {
			t.Errorf("from orders-0 there are %d rows to %s, want %d", rows[group], group, want)
		}
	}
}

func TestExternalServersAtTheSamePortAreIndistinguishable(t *testing.T) {
	topology, cluster := demotest.Topology(), demotest.NewCluster()
	for _, owner := range []string{"clients", "orders"} {
		name := owner + ".db.test"
		topology.Nodes = append(topology.Nodes, contract.Node{Name: name, Kind: contract.ExternalNode, URL: "postgresql://" + name + ":5432"})
		topology.Calls = append(topology.Calls, contract.Call{From: owner, To: name, Variable: "DATABASE_HOST"})
	}
	agents := demotest.Pods{Measure: func(string, string) probe.Measurement { return connected }}.Serve(t, cluster)
	measured, err := prover.New(topology, cluster, agents).Measure(t.Context())
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
