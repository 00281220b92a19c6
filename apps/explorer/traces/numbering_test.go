package traces_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

// numbers returns the ends of the numbered hops by number.
func numbers(t *testing.T, store *traces.Store) map[string]string {
	t.Helper()
	trace, _ := store.Trace(one)
	found := map[string]string{}
	for _, hop := range trace.Hops {
		if hop.Number != "" {
			found[hop.Number] = hop.From + " to " + hop.To
		}
	}
	return found
}

func TestHopsKeepTheirNumbersWhileSpansArrive(t *testing.T) {
	want := map[string]string{
		"1": "explorer to orders", "1.1": "orders to clients", "1.1.1": "clients to db.example.com", "1.2": "orders to orders-database",
	}
	for seed := range int64(50) {
		spans := slices.Clone(order)
		rand.New(rand.NewSource(seed)).Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		store, before := traces.NewStore(topology), map[string]string{}
		for _, span := range spans {
			send(t, store, span)
			now := numbers(t, store)
			for number, hop := range before {
				if now[number] != hop {
					t.Fatalf("seed %d: hop %s was %q, and is %q after %s arrived", seed, number, hop, now[number], span.name)
				}
			}
			before = now
		}
		// Hops of one caller are numbered in the order of arrival, so that either of orders' two hops can be 1.1.
		if len(before) != len(want) || before["1"] != want["1"] {
			t.Errorf("seed %d: got %v, want the hops of %v", seed, before, want)
		}
	}
}

// Each service sends its spans after they end: the spans of a call's server arrive before the span of the call.
func TestHopsAreNumberedInTheOrderOfTheCallsWhicheverServiceSendsFirst(t *testing.T) {
	want := map[string]string{
		"1": "explorer to orders", "1.1": "orders to clients", "1.1.1": "clients to db.example.com", "1.2": "orders to orders-database",
	}
	services := []string{"explorer", "orders", "clients"}
	for _, first := range services {
		store := traces.NewStore(topology)
		for _, service := range append([]string{first}, services...) {
			for _, span := range order {
				if span.service == service {
					send(t, store, span)
				}
			}
		}
		if got := numbers(t, store); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s first: got %v, want %v", first, got, want)
		}
	}
}

func TestAHopWhoseCallerNeverArrivesIsNumberedInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := traces.NewStore(topology)
		send(t, store, order[2:]...) // without the explorer's
		trace, _ := store.Trace(one)
		if got := numbers(t, store); len(got) != 0 || len(trace.Hops) != 3 || trace.Settled {
			t.Errorf("got the numbers %v of %d hops, settled %t; want none of 3 yet", got, len(trace.Hops), trace.Settled)
		}
		time.Sleep(12 * time.Second)
		want := map[string]string{"1": "orders to clients", "1.1": "clients to db.example.com", "2": "orders to orders-database"}
		trace, _ = store.Trace(one)
		if got := numbers(t, store); fmt.Sprint(got) != fmt.Sprint(want) || !trace.Settled {
			t.Errorf("got %v, settled %t; want %v", got, trace.Settled, want)
		}
	})
}

func TestCallsThatCallEachOtherAreNumbered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := traces.NewStore(topology)
		call := func(id, parent byte, from, to string) sent {
			return sent{service: from, id: id, parent: parent, kind: client, name: "GET", attributes: map[string]any{"server.address": to}}
		}
		send(t, store, call(1, 2, "orders", "clients"), call(2, 1, "clients", "orders"))
		if got := numbers(t, store); len(got) != 2 {
			t.Errorf("got %v, want a number for both", got)
		}
	})
}

func TestTheTitleIsTheRequest(t *testing.T) {
	for name, test := range map[string]struct {
		spans []sent
		want  string
	}{
		"a purchase":                     {order, "POST /orders"},
		"a purchase without its end":     {order[1:2], "POST /orders"},
		"a request that is not complete": {order[2:], "POST /orders"},
		"the called service alone":       {order[4:6], "GET /clients/:taxCode"},
		"the statement is first":         {[]sent{query(6, 5, "clients", "query SELECT", 0, 18), order[4]}, "GET /clients/:taxCode"},
	} {
		if got := traceOf(t, test.spans...).Name; got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
