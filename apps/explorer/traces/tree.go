package traces

import (
	"bytes"
	"cmp"
	"maps"
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

// tell returns what the spans of a record tell, of which there has to be one.
func (r *record) tell(atlas atlas) *Trace {
	if r.told != nil {
		return r.told
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
	r.told = &Trace{
		ID: r.id.String(), Began: time.Unix(0, tree.began).UTC(), Name: tree.walked[0].Name,
		Milliseconds: milliseconds(ended - tree.began), Spans: tree.walked, Hops: tree.hops(atlas, sorted),
		Services: len(services), Failed: failed, Kept: r.kept, Cut: r.cut,
	}
	return r.told
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
		ID: from.id.String(), Parent: parent, Depth: depth,
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
