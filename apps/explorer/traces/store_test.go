package traces_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

// traceID returns the id of the nth trace.
func traceID(n int) []byte {
	return binary.BigEndian.AppendUint64([]byte("the nth:"), uint64(n))
}

// request returns the first span of the nth trace.
func request(n int) sent {
	return sent{trace: traceID(n), service: "orders", id: 1, kind: server, name: fmt.Sprintf("GET /%d", n), from: int64(n), to: int64(n) + 1}
}

func names(of []traces.Trace) []string {
	var names []string
	for _, trace := range of {
		names = append(names, trace.Name)
	}
	return names
}

func TestTracesAreListedNewestFirst(t *testing.T) {
	store := traces.NewStore(topology)
	send(t, store, request(2), request(3), request(1))
	if got, want := names(store.Traces()), []string{"GET /3", "GET /2", "GET /1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestANewStoreIsEmpty(t *testing.T) {
	store := traces.NewStore(topology)
	if got := store.Traces(); got == nil || len(got) != 0 {
		t.Errorf("got %#v, want an empty list", got)
	}
	for _, id := range []string{"", one, strings.Repeat("0", 32), strings.ToUpper(one), one + "0", "../../etc/passwd"} {
		if _, found := store.Trace(id); found {
			t.Errorf("there is a trace %q", id)
		}
	}
}

func TestBackgroundWorkIsNotListed(t *testing.T) {
	store := traces.NewStore(topology)
	send(t, store, query(2, 1, "orders", "query SELECT", 1, 2))
	if got := store.Traces(); len(got) != 0 {
		t.Errorf("got %+v, want none without a request", got)
	}
	// The span of the request ends later, and thus arrives later.
	send(t, store, sent{service: "orders", id: 1, kind: server, name: "GET /orders", from: 0, to: 3})
	if got := names(store.Traces()); !slices.Equal(got, []string{"GET /orders"}) {
		t.Errorf("got %v, want the request", got)
	}
}

func TestTheOldestTraceIsEvicted(t *testing.T) {
	store := traces.NewStore(topology)
	for n := range 103 {
		send(t, store, request(n+1))
	}
	got := names(store.Traces())
	if len(got) != 100 || got[0] != "GET /103" || got[99] != "GET /4" {
		t.Errorf("got %d traces, %v, want those from 103 to 4", len(got), got)
	}
}

func TestATraceWithTooManySpansIsCut(t *testing.T) {
	var spans []sent
	for n := range 201 {
		spans = append(spans, sent{service: "orders", id: byte(n + 1), kind: within, name: "work", from: int64(n), to: int64(n) + 1})
	}
	if trace := traceOf(t, spans[:200]...); len(trace.Spans) != 200 || trace.Cut {
		t.Errorf("got %d spans, cut %t, want all 200", len(trace.Spans), trace.Cut)
	}
	if trace := traceOf(t, spans...); len(trace.Spans) != 200 || !trace.Cut {
		t.Errorf("got %d spans, cut %t, want 200 and a trace marked as cut", len(trace.Spans), trace.Cut)
	}
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	trace := traceOf(t, sent{service: strings.Repeat("o", 128), id: 1, name: strings.Repeat("é", 65), from: 0, to: 1})
	if got, want := trace.Spans[0].Name, strings.Repeat("é", 62)+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := trace.Spans[0].Service, strings.Repeat("o", 128); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A service that floods the store must not make the explorer exceed the 128 MiB of its Pod.
func TestAFloodTakesLittleMemory(t *testing.T) {
	long := strings.Repeat("x", 600)
	store := traces.NewStore(topology)
	before := heap()
	for n := range 10_000 {
		send(t, store, request(n))
	}
	// More than can be stored: the maximum of traces, spans and texts, each text different.
	for n := range 101 {
		var spans []sent
		for id := range 210 {
			spans = append(spans, sent{
				trace: traceID(n), service: fmt.Sprint(n, id, long), id: byte(id + 1), name: fmt.Sprint(n, id, long), kind: client,
				attributes: map[string]any{"server.address": fmt.Sprint(n, id, long), "error.type": fmt.Sprint(n, id, long)}, from: 1, to: 2,
			})
		}
		if answer := post(t, store, message(t, spans...)); answer.Code != 200 {
			t.Fatalf("got %d", answer.Code)
		}
	}
	if got := len(store.Traces()); got != 100 {
		t.Errorf("got %d traces, want 100", got)
	}
	if got := heap() - before; got > 32<<20 {
		t.Errorf("the store takes %d KiB, want less than 32 MiB", got>>10)
	} else {
		t.Logf("the store takes %d KiB", got>>10)
	}
	runtime.KeepAlive(store)
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}

func TestAStoreIsSafeForConcurrentUse(t *testing.T) {
	store := traces.NewStore(topology)
	// As many traces as a store holds at most. A trace that is evicted while its spans arrive is stored again with the
	// rest of them.
	const writers, each = 8, 12
	writeAndRead(t, store, writers, each)
	all := store.Traces()
	if len(all) != writers*each {
		t.Errorf("the store has %d traces, want %d", len(all), writers*each)
	}
	for _, trace := range all {
		if len(trace.Spans) != len(order) || len(trace.Hops) != 4 {
			t.Errorf("got %d spans and %d hops, want %d and 4", len(trace.Spans), len(trace.Hops), len(order))
		}
	}
	writeAndRead(t, store, writers, 5*each)
	if got := len(store.Traces()); got > 100 { // fewer, if only database spans of one have arrived since its eviction
		t.Errorf("after %d traces, the store has %d, want 100 at most", 5*writers*each, got)
	}
}

// writeAndRead stores traces from several goroutines, while others read.
func writeAndRead(t *testing.T, store *traces.Store, writers, each int) {
	t.Helper()
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for n := range each {
				spans := slices.Clone(order)
				for i := range spans {
					spans[i].trace = traceID(writer*each + n + 1)
				}
				post(t, store, message(t, spans...))
			}
		})
		all.Go(func() {
			for n := range each {
				for _, trace := range store.Traces() {
					_ = len(trace.Hops)
				}
				store.Trace(hex.EncodeToString(traceID(n + 1)))
			}
		})
	}
	all.Wait()
}
