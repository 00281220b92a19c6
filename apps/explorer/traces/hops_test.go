package traces_test

import (
	"fmt"
	"reflect"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

func TestHopsAreTheCallsOverTheNetwork(t *testing.T) {
	want := []traces.Hop{
		{Number: "1", From: "explorer", To: "orders", FromPod: "explorer-pod", ToPod: "orders-pod", Name: "POST /orders", Start: 1, Milliseconds: 89, Status: 201},
		{Number: "1.1", From: "orders", To: "clients", FromPod: "orders-pod", ToPod: "clients-pod", Name: "GET /clients/{taxCode}", Start: 10, Milliseconds: 10},
		{
			Number: "1.1.1", From: "clients", To: "db.example.com", FromPod: "clients-pod", Name: "SELECT", Start: 12, Milliseconds: 6,
			Statements: []traces.Statement{{Name: "SELECT", Start: 12, Milliseconds: 6}},
		},
		{
			Number: "1.2", From: "orders", To: "orders-database", FromPod: "orders-pod", Name: "BEGIN, INSERT, COMMIT", Start: 34, Milliseconds: 21,
			Statements: []traces.Statement{
				{Name: "BEGIN", Start: 34, Milliseconds: 1}, {Name: "INSERT", Start: 40, Milliseconds: 10}, {Name: "COMMIT", Start: 52, Milliseconds: 3},
			},
		},
	}
	if got := traceOf(t, order...).Hops; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAFailedHopHasItsReason(t *testing.T) {
	timedOut := sent{
		service: "orders", id: 2, parent: 1, kind: client, name: "GET /clients/{taxCode}", from: 1, to: 1001, failed: true,
		attributes: map[string]any{"server.address": "clients", "error.type": "TIMEOUT"},
	}
	connect := query(3, 1, "orders", "connect", 1002, 1003)
	connect.failed = true
	// Preparing a statement failed: one failure in two spans.
	insert, prepare := query(4, 1, "orders", "query INSERT", 1004, 1007), query(5, 4, "orders", "prepare INSERT", 1005, 1006)
	insert.failed, prepare.failed = true, true
	want := []traces.Hop{
		{Number: "1", From: "orders", To: "clients", FromPod: "orders-pod", Name: "GET /clients/{taxCode}", Start: 1, Milliseconds: 1000, Failed: true, Code: "TIMEOUT"},
		{
			Number: "2", From: "orders", To: "orders-database", FromPod: "orders-pod", Name: "connect, INSERT", Start: 1002, Milliseconds: 5, Failed: true,
			Statements: []traces.Statement{
				{Name: "connect", Start: 1002, Milliseconds: 1, Failed: true}, {Name: "INSERT", Start: 1004, Milliseconds: 3, Failed: true},
			},
		},
	}
	request := sent{service: "orders", id: 1, kind: server, name: "POST /orders", from: 0, to: 1010}
	trace := traceOf(t, request, timedOut, connect, insert, prepare)
	if !reflect.DeepEqual(trace.Hops, want) || !trace.Failed {
		t.Errorf("got %+v\nwant %+v", trace.Hops, want)
	}
}

func TestStatementsAreOneHopOnlyWithinOneRequest(t *testing.T) {
	trace := traceOf(t,
		sent{service: "orders", id: 1, kind: server, name: "GET /orders", from: 0, to: 9},
		sent{service: "orders", id: 4, kind: server, name: "GET /orders", from: 0, to: 9},
		query(2, 1, "orders", "query SELECT", 0, 9),
		query(3, 1, "orders", "query UPDATE", 2, 4),
		query(5, 4, "orders", "query SELECT", 5, 6),
	)
	want := "[1 SELECT, UPDATE 0+9 2 SELECT 5+1]"
	var got []string
	for _, hop := range trace.Hops {
		got = append(got, fmt.Sprintf("%s %s %v+%v", hop.Number, hop.Name, hop.Start, hop.Milliseconds))
	}
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestOnlyCallsBetweenNodesOfTheMapAreHops(t *testing.T) {
	elsewhere := sent{
		service: "orders", id: 1, kind: client, name: "GET /", from: 0, to: 1, attributes: map[string]any{"server.address": "example.com"},
	}
	fromElsewhere := elsewhere
	fromElsewhere.id, fromElsewhere.service, fromElsewhere.attributes = 2, "bench", map[string]any{"server.address": "orders"}
	withoutDatabase := query(3, 2, "explorer", "query SELECT", 0, 1)
	if got := traceOf(t, elsewhere, fromElsewhere, withoutDatabase).Hops; len(got) != 0 {
		t.Errorf("got %+v, want none", got)
	}
}
