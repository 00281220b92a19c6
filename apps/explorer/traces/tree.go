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

// tree builds a Trace from spans that arrived in any order. Some spans may be missing.
type tree struct {
	// began is the start of the first span, in nanoseconds since 1970.
	began    int64
	spans    map[trace.SpanID]span
	children map[trace.SpanID][]span
	walked   []Span
	seen     map[trace.SpanID]bool
}

// trace returns the trace of a record, which must have at least one span. settled is true if no more spans are
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
	failed, ended := false, int64(0)
	for _, span := range sorted {
		tree.children[span.parent] = append(tree.children[span.parent], span)
		failed = failed || span.failed
		ended = max(ended, span.end)
	}
	tree.walkAll(sorted)
	r.numbers.settled = settled
	r.made = &Trace{
		ID: r.id.String(), Began: time.Unix(0, tree.began).UTC(), Name: tree.name(sorted),
		Milliseconds: milliseconds(ended - tree.began), Spans: tree.walked, Hops: tree.hops(nodes, sorted, r.numbers),
		Failed: failed, Cut: r.cut, Settled: settled,
	}
	return r.made
}

// name returns the main request of the trace, such as "POST /orders": the root span or, for a purchase, its last POST
// request. While the root span is missing, it is the first server span.
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

// walkAll walks the tree from each span whose parent is missing. The remaining spans are ancestors of each other, which
// only a malicious sender produces: the walk through such a cycle begins at its first span.
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

// kind returns the lower-case name of a kind, such as server for SPAN_KIND_SERVER. In OTLP, a span without a kind is
// internal.
func kind(kind otlp.Span_SpanKind) string {
	name, known := otlp.Span_SpanKind_name[int32(kind)]
	if !known || kind == otlp.Span_SPAN_KIND_UNSPECIFIED {
		kind = otlp.Span_SPAN_KIND_INTERNAL
		name = kind.String()
	}
	return strings.ToLower(strings.TrimPrefix(name, "SPAN_KIND_"))
}

func milliseconds(nanoseconds int64) float64 { return float64(nanoseconds) / float64(time.Millisecond) }
