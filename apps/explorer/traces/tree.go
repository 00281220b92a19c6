package traces

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

// tree is a trace while it is put together. Its spans have come in any order, and some may be missing.
type tree struct {
	// began is when its first span began, in nanoseconds since 1970.
	began    int64
	spans    map[trace.SpanID]span
	children map[trace.SpanID][]span
	walked   []Span
	seen     map[trace.SpanID]bool
}

// trace returns the trace that the spans of a record make. There must be at least one. Settled reports that no more spans are
// expected.
func (r *record) trace(nodes index, settled bool) *Trace {
	if r.made != nil && r.made.Settled == settled {
		return r.made
	}
	sorted := slices.SortedFunc(maps.Values(r.spans), func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), bytes.Compare(a.id[:], b.id[:]))
	})
	tree := tree{
		began: sorted[0].start, spans: r.spans,
		children: map[trace.SpanID][]span{}, seen: map[trace.SpanID]bool{},
	}
	services, failed, ended := map[string]bool{}, false, int64(0)
	for _, span := range sorted {
		tree.children[span.parent] = append(tree.children[span.parent], span)
		services[span.service] = true
		failed = failed || span.failed
		ended = max(ended, span.end)
	}
	tree.walkAll(sorted)
	r.numbers.settled = settled
	r.made = &Trace{
		ID: r.id.String(), Began: time.Unix(0, tree.began).UTC(), Name: tree.name(sorted),
		Milliseconds: milliseconds(ended - tree.began), Spans: tree.walked, Hops: tree.hops(nodes, sorted, r.numbers),
		Services: len(services), Failed: failed, Kept: r.kept, Cut: r.cut, Settled: settled,
	}
	return r.made
}

// name returns the request that the trace is about, such as "POST /orders": its first span, or, where that is the form's
// purchase, the last thing that it created. As long as the first span has not arrived, it is the first call of a service.
func (t *tree) name(sorted []span) string {
	first := slices.IndexFunc(sorted, func(span span) bool { return !span.parent.IsValid() })
	if first < 0 {
		first = max(0, slices.IndexFunc(sorted, func(span span) bool { return span.kind == otlp.Span_SPAN_KIND_SERVER }))
	}
	name := sorted[first].name
	for _, child := range t.children[sorted[first].id] {
		if sorted[first].kind == otlp.Span_SPAN_KIND_INTERNAL && strings.HasPrefix(child.name, http.MethodPost+" ") {
			name = child.name
		}
	}
	return name
}

// walkAll begins at the spans whose parent is not here. What is not reached from them are spans that have each other as
// ancestors, which no honest service sends: each of their circles begins at its first span.
func (t *tree) walkAll(sorted []span) {
	for _, span := range sorted {
		if _, found := t.spans[span.parent]; !found {
			t.walk(span, 0)
		}
	}
	for _, span := range sorted {
		t.walk(span, 0)
	}
}

func (t *tree) walk(from span, depth int) {
	if t.seen[from.id] {
		return
	}
	t.seen[from.id] = true
	parent := ""
	if from.parent.IsValid() {
		parent = from.parent.String()
	}
	t.walked = append(t.walked, Span{
		ID: from.id.String(), Parent: parent, Depth: depth, Database: from.database,
		Service: from.service, Pod: from.pod, Name: from.name, Kind: kind(from.kind),
		Start: milliseconds(from.start - t.began), Milliseconds: milliseconds(from.end - from.start),
		Failed: from.failed, Code: from.code, Status: from.status,
	})
	for _, child := range t.children[from.id] {
		t.walk(child, depth+1)
	}
}

// kind returns server for SPAN_KIND_SERVER, and so on. A span without a kind is internal, says OTLP.
func kind(kind otlp.Span_SpanKind) string {
	name, known := otlp.Span_SpanKind_name[int32(kind)]
	if !known || kind == otlp.Span_SPAN_KIND_UNSPECIFIED {
		kind = otlp.Span_SPAN_KIND_INTERNAL
		name = kind.String()
	}
	return strings.ToLower(strings.TrimPrefix(name, "SPAN_KIND_"))
}

func milliseconds(nanoseconds int64) float64 { return float64(nanoseconds) / float64(time.Millisecond) }
