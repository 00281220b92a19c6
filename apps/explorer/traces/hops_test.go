package traces_test

import (
	"fmt"
	"reflect"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

func TestHopsAreWhatCrossesTheNetwork(t *testing.T) {
	want := []traces.Hop{
		{Number: 1, From: "explorer", To: "orders", FromPod: "explorer-pod", ToPod: "orders-pod", Name: "POST /orders", Start: 1, Milliseconds: 89, Status: 201},
		{Number: 2, From: "orders", To: "clients", FromPod: "orders-pod", ToPod: "clients-pod", Name: "GET /clients/{taxCode}", Start: 10, Milliseconds: 10},
		{Number: 3, From: "clients", To: "db.example.com", FromPod: "clients-pod", Name: "SELECT", Start: 12, Milliseconds: 6},
		{Number: 4, From: "orders", To: "orders-database", FromPod: "orders-pod", Name: "BEGIN, INSERT, COMMIT", Start: 34, Milliseconds: 21},
	}
	if got := told(t, order...).Hops; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAHopThatFailedSaysWhy(t *testing.T) {
	away := sent{
		service: "orders", id: 2, parent: 1, kind: client, name: "GET /clients/{taxCode}", from: 0, to: 1000, failed: true,
		attributes: map[string]any{"server.address": "clients", "error.type": "TIMEOUT"},
	}
	connect := query(3, 1, "orders", "connect", 1001, 1002)
	connect.failed = true
	// A statement that cannot be prepared is one failure in two spans.
	insert, prepare := query(4, 1, "orders", "query INSERT", 1003, 1006), query(5, 4, "orders", "prepare INSERT", 1004, 1005)
	insert.failed, prepare.failed = true, true
	want := []traces.Hop{
		{Number: 1, From: "orders", To: "clients", FromPod: "orders-pod", Name: "GET /clients/{taxCode}", Milliseconds: 1000, Failed: true, Code: "TIMEOUT"},
		{Number: 2, From: "orders", To: "orders-database", FromPod: "orders-pod", Name: "connect, INSERT", Start: 1001, Milliseconds: 5, Failed: true},
	}
	trace := told(t, away, connect, insert, prepare)
	if !reflect.DeepEqual(trace.Hops, want) || !trace.Failed {
		t.Errorf("got %+v\nwant %+v", trace.Hops, want)
	}
}

func TestStatementsAreOneHopOnlyWithinOneRequest(t *testing.T) {
	trace := told(t,
		query(2, 1, "orders", "query SELECT", 0, 9),
		query(3, 1, "orders", "query UPDATE", 2, 4),
		query(5, 4, "orders", "query SELECT", 5, 6),
	)
	want := "[1 SELECT, UPDATE 0+9 2 SELECT 5+1]"
	var got []string
	for _, hop := range trace.Hops {
		got = append(got, fmt.Sprintf("%d %s %v+%v", hop.Number, hop.Name, hop.Start, hop.Milliseconds))
	}
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestWhatIsNotOnTheMapIsNoHop(t *testing.T) {
	elsewhere := sent{
		service: "orders", id: 1, kind: client, name: "GET /", from: 0, to: 1, attributes: map[string]any{"server.address": "example.com"},
	}
	fromElsewhere := elsewhere
	fromElsewhere.id, fromElsewhere.service, fromElsewhere.attributes = 2, "bench", map[string]any{"server.address": "orders"}
	withoutDatabase := query(3, 2, "explorer", "query SELECT", 0, 1)
	if got := told(t, elsewhere, fromElsewhere, withoutDatabase).Hops; len(got) != 0 {
		t.Errorf("got %+v, want none", got)
	}
}
