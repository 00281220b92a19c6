package calls_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
)

func find(t *testing.T, observer *calls.Observer, from, to string) calls.Call {
	t.Helper()
	all := observer.Calls()
	at := slices.IndexFunc(all, func(call calls.Call) bool { return call.From == from && call.To == to })
	if at < 0 {
		t.Fatalf("there is no call from %s to %s", from, to)
	}
	return all[at]
}

// wantUnknown checks that a call is unknown, and for which reason.
func wantUnknown(t *testing.T, got calls.Call, detail string) {
	t.Helper()
	if got.State != calls.Unknown || got.Detail != detail || got.Code != "" {
		t.Errorf("got %s %s: %s\nwant unknown: %s", got.State, got.Code, got.Detail, detail)
	}
}

func TestCallsExistBeforeTheyAreMeasured(t *testing.T) {
	observer := calls.NewObserver(demotest.Topology(), demotest.NewCluster(), nil)
	all := observer.Calls()
	if len(all) != 13 {
		t.Fatalf("there are %d calls, want the 13 of the topology", len(all))
	}
	want := calls.Call{
		From: "orders", To: "products", Variable: "PRODUCTS_URL", URL: "http://products.demo.svc:80",
		State: calls.Unknown, Detail: "The first measurement has not finished.",
	}
	if all[4] != want {
		t.Errorf("got %+v, want %+v", all[4], want)
	}
}

func TestCallsWorkOrFailWithTheirCause(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Unready("clients")
	observe(t, cluster, func(observer *calls.Observer, pods *pods) {
		pods.set(func() {
			pods.failures["http://clients.demo.svc:80"] = &failure.Failure{Code: failure.Refused, Detail: "Refused."}
		})
		nextRound(observer)
		works := calls.Call{
			From: "orders", To: "products", Variable: "PRODUCTS_URL", URL: "http://products.demo.svc:80",
			State: calls.Working, Milliseconds: 1, Times: calls.Times{TCP: 1, Measurements: 1}, Pod: "orders-1", MeasuredAt: time.Now().UTC(),
		}
		if got := find(t, observer, "orders", "products"); got != works {
			t.Errorf("got  %+v\nwant %+v", got, works)
		}
		fails := works
		fails.To, fails.Variable, fails.URL = "clients", "CLIENTS_URL", "http://clients.demo.svc:80"
		fails.State, fails.Code, fails.Times = calls.Failing, failure.NoEndpoints, calls.Times{}
		fails.Cause = diagnosis.PodsNotReady
		fails.Detail = "The Service clients has no ready endpoint: none of the 2 Pods of clients is ready (2 Running)."
		fails.Command = "kubectl -n demo describe pods -l app.kubernetes.io/name=clients,app.kubernetes.io/part-of=kubernetes-networking"
		if got := find(t, observer, "orders", "clients"); got != fails {
			t.Errorf("got  %+v\nwant %+v", got, fails)
		}
		if got := find(t, observer, "clients", "orders"); got.State != calls.Working || got.Pod != "clients-1" {
			t.Errorf("got %+v, want it measured from a Pod that runs, since none is ready", got)
		}
	})
}

func TestThePodsOfACallerTakeTurns(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, _ *pods) {
		var measured []string
		for range 3 {
			nextRound(observer)
			measured = append(measured, find(t, observer, "orders", "products").Pod)
		}
		if want := []string{"orders-1", "orders-0", "orders-1"}; !slices.Equal(measured, want) {
			t.Errorf("measured by %v, want %v", measured, want)
		}
	})
}

func TestCallsAreMeasuredMoreOftenWhileTheyAreViewed(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		after := func(pause time.Duration, want int, when string) {
			t.Helper()
			before := pods.rounds()
			time.Sleep(pause)
			synctest.Wait()
			if got := pods.rounds() - before; got != want {
				t.Errorf("%s: %d rounds in %s, want %d", when, got, pause, want)
			}
		}
		after(29*time.Second, 3, "before the first view") // at 0, 10 and 20 s
		observer.RecordView()
		after(50*time.Millisecond, 1, "at the first view")
		after(30*time.Second, 10, "after the view")
		after(35*time.Second, 10, "until a minute has passed")
		after(40*time.Second, 4, "after a minute")
	})
}

func TestAnOldMeasurementDoesNotCount(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		nextRound(observer)
		pods.set(func() {
			for _, name := range []string{"orders-0", "orders-1"} {
				pods.unreachable[name] = errors.New(name + " is unreachable.")
			}
		})
		time.Sleep(9 * time.Second) // a round begins after 10 s
		synctest.Wait()
		if got := find(t, observer, "orders", "products"); got.State != calls.Working {
			t.Errorf("got %s after 9 s, want working", got.State)
		}
		time.Sleep(2 * time.Second)
		wantUnknown(t, find(t, observer, "orders", "products"), "The last measurement was 11 s ago. orders-0 is unreachable.")
		if got := find(t, observer, "clients", "orders"); got.State != calls.Working {
			t.Errorf("got %s of a reachable caller, want working", got.State)
		}
	})
}

func TestTheReasonWhyACallWasNeverMeasured(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		pods.set(func() { pods.unreachable["explorer-0"] = fmt.Errorf("ask: %w", errors.New("no")) })
		nextRound(observer)
		wantUnknown(t, find(t, observer, "explorer", "orders"), "ask: no")
	})
}

func TestACallerWithoutPodsMakesNoCall(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Workload("orders").Pods = nil
	observe(t, cluster, func(observer *calls.Observer, _ *pods) {
		nextRound(observer)
		wantUnknown(t, find(t, observer, "orders", "products"),
			"No Pod of orders is running.")
	})
	cluster.Seen = network.Network{Namespace: "demo", Problem: "The Kubernetes API is down."}
	observe(t, cluster, func(observer *calls.Observer, _ *pods) {
		nextRound(observer)
		wantUnknown(t, find(t, observer, "orders", "products"), "The Pods of orders are unknown. The Kubernetes API is down.")
	})
}

func TestACallEndsWithTheLastPodOfItsCaller(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		nextRound(observer)
		pods.set(func() { pods.gone = true })
		nextRound(observer)
		wantUnknown(t, find(t, observer, "orders", "products"), "No Pod of orders is running.")
	})
}

func TestARoundEndsAlthoughAPodHangs(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		pods.set(func() { pods.hang = true })
		before := time.Now()
		nextRound(observer)
		if took := time.Since(before); took != 6*time.Second {
			t.Errorf("the round took %s, want 6s", took)
		}
		wantUnknown(t, find(t, observer, "orders", "products"), "context deadline exceeded")
	})
}

func TestAnOpenUndeclaredConnectionShowsThatPoliciesAreNotEnforced(t *testing.T) {
	observe(t, demotest.NewCluster(), func(observer *calls.Observer, pods *pods) {
		nextRound(observer)
		if got := observer.Unenforced(); !strings.Contains(got, "explorer to clients-database") || !strings.Contains(got, "does not enforce") {
			t.Errorf("got %q, want the connection, and that the cluster does not enforce policies", got)
		}
		pods.set(func() {
			pods.failures["postgresql://clients-database.demo.svc:5432"] = &failure.Failure{Code: failure.Refused, Detail: "Refused."}
		})
		nextRound(observer)
		if got := observer.Unenforced(); got != "" {
			t.Errorf("got %q, want nothing: the connection is refused", got)
		}
	})
}

func TestCallsAreMeasuredAsSoonAsThePodsAreKnown(t *testing.T) {
	cluster := &latecomer{Cluster: demotest.NewCluster()}
	observe(t, cluster, func(observer *calls.Observer, _ *pods) {
		nextRound(observer)
		wantUnknown(t, find(t, observer, "orders", "products"), "The Pods of orders are unknown. The Kubernetes API has not answered yet.")
		cluster.known.Store(true)
		begin := time.Now()
		nextRound(observer)
		if got, took := find(t, observer, "orders", "products"), time.Since(begin); got.State != calls.Working || took > time.Second {
			t.Errorf("after %s: got %s, %s; want working within a second", took, got.State, got.Detail)
		}
	})
}
