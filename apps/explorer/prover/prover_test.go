package prover_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prover"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// prove measures the matrix of a cluster whose network enforces policies, or does not.
func prove(t *testing.T, cluster *demotest.Cluster, enforces bool) (matrix.Matrix, *prover.Prover, *plugin) {
	t.Helper()
	plugin := &plugin{cluster: cluster, enforces: enforces}
	plugin.agents = demotest.Pods{Measure: plugin.measure}.Serve(t, cluster)
	tested := prover.New(demotest.Topology(), cluster, plugin.agents)
	measured, err := tested.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return measured, tested, plugin
}

func differences(of matrix.Matrix) (rows []string) {
	for _, row := range of.Rows {
		if !row.Same {
			rows = append(rows, row.FromPod+" "+string(row.Kind)+" "+row.To+" "+row.ToPod+": "+string(row.Expected)+" "+string(row.Measured)+" "+string(row.Code)+" "+row.Detail)
		}
	}
	return rows
}

func find(t *testing.T, in matrix.Matrix, fromPod string, kind matrix.Kind, to, toPod string) matrix.Row {
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
	// From 7 Pods to 8 Services, 10 Pods, one server outside, localhost and 8 controls each.
	if len(measured.Rows) != 7*28 {
		t.Errorf("there are %d rows, want %d", len(measured.Rows), 7*28)
	}
	if want := "all 96 undeclared connections"; measured.Enforced != "yes" || !strings.Contains(measured.EnforcedDetail, want) {
		t.Errorf("enforced: %s, %s\nwant yes, %s", measured.Enforced, measured.EnforcedDetail, want)
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
	if want := "all 78 undeclared connections"; !strings.Contains(measured.EnforcedDetail, want) {
		t.Errorf("got %s, want %s: no ready Pod listens behind products", measured.EnforcedDetail, want)
	}
	// orders has two Pods and the explorer one.
	if measured.Differences != 3 || measured.Enforced != "yes" {
		t.Errorf("%d differences, enforced %s; want 3 and yes:\n%s", measured.Differences, measured.Enforced, strings.Join(differences(measured), "\n"))
	}
}

func TestADeclaredCallMustBeAnswered(t *testing.T) {
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(string, string) probe.Measurement {
		return probe.Measurement{Connection: &probe.Connection{}, Failure: &failure.Failure{Code: failure.Server, Detail: "It failed."}}
	}}.Serve(t, cluster)
	measured, err := prover.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := find(t, measured, "orders-0", "service", "products", "")
	if row.Measured != matrix.Unanswered || row.Same || row.Code != failure.Server || row.Cause != string(diagnosis.InvalidAnswer) {
		t.Errorf("got %+v, want an unanswered declared call", row)
	}
	row = find(t, measured, "clients-0", "service", "products", "")
	if row.Measured != matrix.Allowed || row.Same || row.Code != failure.Server {
		t.Errorf("got %+v, want an open undeclared connection, whatever the answer", row)
	}
}

func TestADeclaredCallWithoutAnAnswerInTimeIsADifferenceWithOneCause(t *testing.T) {
	cluster := demotest.NewCluster()
	plugin := &plugin{cluster: cluster, enforces: true}
	late := 0.4
	plugin.agents = demotest.Pods{Measure: func(pod, target string) probe.Measurement {
		measured := plugin.measure(pod, target)
		if measured.Connection != nil && (strings.Contains(target, "products.demo.svc") || strings.Contains(target, "127.0.3.") && strings.HasPrefix(target, "http")) {
			return probe.Measurement{
				Connection: &probe.Connection{Milliseconds: late}, Milliseconds: 2000 + late,
				Failure: &failure.Failure{Code: failure.Timeout, Detail: "No answer."},
			}
		}
		return measured
	}}.Serve(t, cluster)
	measured, err := prover.New(demotest.Topology(), cluster, plugin.agents).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	details := map[string]bool{}
	for _, row := range measured.Rows {
		if row.Same {
			continue
		}
		details[row.Detail] = true
		if row.To != "products" || row.Measured != matrix.Unanswered || row.Cause != string(diagnosis.NoAnswer) || row.Result() != "allowed, but no answer in time" {
			t.Errorf("got %+v, want no answer in time from products", row)
		}
	}
	if len(details) != 1 || measured.Differences < 6 || measured.Enforced != "yes" {
		t.Errorf("%d differences for the reasons %v, enforced %s; want several for one reason", measured.Differences, details, measured.Enforced)
	}
}

func TestPodsThatCannotMeasureAreDifferences(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Workload("orders").Pods = nil
	cluster.Workload("clients").Pods[0].IP = "127.0.0.300" // no address at all
	measured, _, _ := prove(t, cluster, true)
	row := find(t, measured, "", "service", "products", "")
	if row.From != "orders" || row.Measured != matrix.Unmeasured || row.Same || !strings.Contains(row.Detail, "No Pod of orders") {
		t.Errorf("got %+v, want a row that is not measured", row)
	}
	row = find(t, measured, "clients-0", "service", "orders", "")
	if row.Measured != matrix.Unmeasured || !strings.HasPrefix(row.Detail, "The explorer cannot reach the Pod clients-0 at port ") {
		t.Errorf("got %+v, want a row that is not measured", row)
	}
}

func TestEachCallOfMeasureRunsItsOwnRound(t *testing.T) {
	first, tested, plugin := prove(t, demotest.NewCluster(), true)
	var group sync.WaitGroup
	began := make(chan time.Time, 3)
	for range cap(began) {
		group.Go(func() {
			own, err := tested.Measure(t.Context())
			if err != nil || !own.MeasuredAt.After(first.MeasuredAt) {
				t.Errorf("got a round of %s, %v; want one after that of %s", own.MeasuredAt, err, first.MeasuredAt)
			}
			began <- own.MeasuredAt
		})
	}
	group.Wait()
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
	agents := demotest.Pods{Measure: func(string, string) probe.Measurement {
		begun <- struct{}{}
		<-over
		return connected
	}}
	cluster := demotest.NewCluster()
	tested := prover.New(demotest.Topology(), cluster, agents.Serve(t, cluster))
	var first sync.WaitGroup
	first.Go(func() { _, _ = tested.Measure(t.Context()) })
	<-begun
	cancel()
	_, err := tested.Measure(ctx)
	close(over)
	first.Wait()
	if got := problem.From(err); got.Status != 503 || !strings.Contains(got.Detail, "Try again later") {
		t.Errorf("got %v, want a 503 with the reason", err)
	}
}

func TestAnUnknownClusterIsNotMeasured(t *testing.T) {
	cluster := &demotest.Cluster{Seen: network.Network{Problem: "The Kubernetes API is down."}}
	agents := demotest.Pods{}.Serve(t, cluster)
	_, err := prover.New(demotest.Topology(), cluster, agents).Measure(t.Context())
	if got := problem.From(err); got.Status != 503 || got.Detail != "The matrix cannot be measured now. The Kubernetes API is down." {
		t.Errorf("got %v, want a 503 with the problem", err)
	}
}
