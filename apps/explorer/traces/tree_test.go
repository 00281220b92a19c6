package traces_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

// order is a request to orders, with its calls of clients and of its database.
var order = []sent{
	{service: "explorer", id: 1, kind: within, name: "purchase", from: 0, to: 100},
	{
		service: "explorer", id: 2, parent: 1, kind: client, name: "POST /orders", from: 1, to: 90,
		attributes: map[string]any{"server.address": "orders", "http.response.status_code": 201},
	},
	{service: "orders", id: 3, parent: 2, kind: server, name: "POST /orders", from: 2, to: 89, attributes: map[string]any{"http.response.status_code": 201}},
	{service: "orders", id: 4, parent: 3, kind: client, name: "GET /clients/{taxCode}", from: 10, to: 20, attributes: map[string]any{"server.address": "clients"}},
	{service: "clients", id: 5, parent: 4, kind: server, name: "GET /clients/:taxCode", from: 11, to: 19},
	query(6, 5, "clients", "query SELECT", 12, 18),
	{service: "orders", id: 7, parent: 3, kind: client, name: "connect", from: 30, to: 33, attributes: map[string]any{"db.system": "postgresql"}},
	query(8, 3, "orders", "query BEGIN", 34, 35),
	query(9, 3, "orders", "query INSERT", 40, 50),
	query(10, 9, "orders", "prepare INSERT", 41, 42),
	query(11, 3, "orders", "query COMMIT", 52, 55),
}

func query(id, parent byte, service, name string, from, to int64) sent {
	return sent{
		service: service, id: id, parent: parent, kind: client, name: name, from: from, to: to,
		attributes: map[string]any{"db.system.name": "postgresql"},
	}
}

func TestATraceIsATreeHoweverItsSpansArrive(t *testing.T) {
	want := `
0 explorer internal purchase 0+100
1 explorer client POST /orders 1+89
2 orders server POST /orders 2+87
3 orders client GET /clients/{taxCode} 10+10
4 clients server GET /clients/:taxCode 11+8
5 clients client query SELECT 12+6
3 orders client connect 30+3
3 orders client query BEGIN 34+1
3 orders client query INSERT 40+10
4 orders client prepare INSERT 41+1
3 orders client query COMMIT 52+3`
	shuffled := slices.Clone(order)
	for seed := range int64(20) {
		rand.New(rand.NewSource(seed)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		trace := traceOf(t, shuffled...)
		if got := walk(trace); got != want {
			t.Fatalf("seed %d: got%s\nwant%s", seed, got, want)
		}
		if trace.ID != one || trace.Name != "POST /orders" || !trace.Began.Equal(began) || trace.Milliseconds != 100 || trace.Failed || trace.Cut {
			t.Fatalf("seed %d: got %+v", seed, trace)
		}
	}
}

// walk returns the spans of a trace as text.
func walk(trace traces.Trace) string {
	var text strings.Builder
	for _, span := range trace.Spans {
		fmt.Fprintf(&text, "\n%d %s %s %s %v+%v", span.Depth, span.Service, span.Kind, span.Name, span.Start, span.Milliseconds)
	}
	return text.String()
}

func TestASpanHasAllStoredFields(t *testing.T) {
	trace := traceOf(t, sent{
		service: "orders", id: 4, parent: 3, kind: client, name: "GET /clients/{taxCode}", from: 10, to: 20, failed: true,
		attributes: map[string]any{"server.address": "clients", "http.response.status_code": 503, "error.type": "HTTP 5xx"},
	})
	want := []traces.Span{{
		ID: "0000000000000004", Parent: "0000000000000003", Service: "orders", Pod: "orders-pod", Name: "GET /clients/{taxCode}",
		Kind: "client", Milliseconds: 10, Failed: true, Code: "HTTP 5xx", Status: 503,
	}}
	if !reflect.DeepEqual(trace.Spans, want) || !trace.Failed {
		t.Errorf("got %+v, want %+v in a trace that failed", trace, want)
	}
}

// Malicious spans must neither hang the page nor be omitted.
func TestStrangeSpansAreShownOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		spans []sent
		want  string
	}{
		{
			"its own parent",
			[]sent{{service: "a", id: 1, parent: 1, kind: server, name: "GET", from: 0, to: 1}},
			"\n0 a server GET 0+1",
		},
		{
			"a circle beside a tree",
			[]sent{
				{service: "a", id: 1, parent: 2, kind: server, name: "one", from: 1, to: 2},
				{service: "a", id: 2, parent: 3, kind: server, name: "two", from: 0, to: 2},
				{service: "a", id: 3, parent: 1, kind: server, name: "three", from: 2, to: 2},
				{service: "a", id: 4, kind: server, name: "root", from: 5, to: 6},
			},
			"\n0 a server root 5+1\n0 a server two 0+2\n1 a server one 1+1\n2 a server three 2+0",
		},
		{
			"the parent is missing",
			[]sent{{service: "a", id: 2, parent: 1, kind: server, name: "GET", from: 3, to: 4}},
			"\n0 a server GET 0+1",
		},
		{
			"it ends before it begins, and before its parent does",
			[]sent{
				{service: "a", id: 1, kind: server, name: "GET", from: 3, to: 4},
				{service: "a", id: 2, parent: 1, name: "early", from: 1, to: 0},
			},
			"\n0 a server GET 2+1\n1 a internal early 0+0",
		},
		{
			"it arrives twice",
			[]sent{
				{service: "a", id: 1, kind: server, name: "first", from: 0, to: 1},
				{service: "a", id: 1, kind: server, name: "second", from: 0, to: 1},
			},
			"\n0 a server first 0+1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := walk(traceOf(t, test.spans...)); got != test.want {
				t.Errorf("got%s\nwant%s", got, test.want)
			}
		})
	}
}
