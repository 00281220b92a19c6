package traces

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"example.com/kubernetes-networking/apps/contract"
)

// index maps spans to the nodes of the topology.
type index struct {
	nodes map[string]bool
	// databases holds the database of each service.
	databases map[string]string
}

func newIndex(topology contract.Topology) index {
	made := index{nodes: map[string]bool{}, databases: map[string]string{}}
	for _, node := range topology.Nodes {
		made.nodes[node.Name] = true
		if node.Owner != "" {
			made.databases[node.Owner] = node.Name
		}
	}
	return made
}

// hops returns the calls between nodes in the order of their numbers, followed by calls without a number. All
// statements of one request are a single hop to the database, because the map shows a transaction as one call, not as
// six.
func (t *tree) hops(nodes index, sorted []span, numbers *numbering) []Hop {
	var found []*link
	of := map[string]*link{}
	for _, span := range sorted {
		if span.kind != otlp.Span_SPAN_KIND_CLIENT || t.isDriverWork(span) {
			continue
		}
		hop := t.hop(nodes, span)
		if !nodes.nodes[hop.From] || !nodes.nodes[hop.To] {
			continue
		}
		one := t.link(span, hop)
		if earlier := of[one.key]; earlier != nil {
			earlier.hop.add(hop)
			continue
		}
		of[one.key], found = one, append(found, one)
	}
	for _, one := range found {
		numbers.number(one, of)
	}
	slices.SortStableFunc(found, func(a, b *link) int { return compareNumbers(a.hop.Number, b.hop.Number) })
	hops := make([]Hop, 0, len(found))
	for _, one := range found {
		hops = append(hops, one.hop)
	}
	return hops
}

// hop returns the hop of a client span.
func (t *tree) hop(nodes index, of span) Hop {
	to, pod := t.server(nodes, of)
	hop := Hop{
		From: of.service, To: to, FromPod: of.pod, ToPod: pod, Name: of.name,
		Start: milliseconds(of.start - t.began), Milliseconds: milliseconds(of.end - of.start),
		Failed: of.failed, Code: of.code, Status: of.status,
	}
	if of.database {
		hop.Name = strings.TrimPrefix(of.name, "query ")
		hop.Statements = []Statement{{hop.Name, hop.Start, hop.Milliseconds, hop.Failed}}
	}
	return hop
}

// add adds another statement to the hop.
func (h *Hop) add(next Hop) {
	h.Name = cut(h.Name + ", " + next.Name)
	h.Statements = append(h.Statements, next.Statements...)
	h.Milliseconds = max(h.Milliseconds, next.Start+next.Milliseconds-h.Start)
	h.Failed = h.Failed || next.Failed
	h.Code = cmp.Or(h.Code, next.Code)
}

// link determines the callers of a hop.
func (t *tree) link(of span, hop Hop) *link {
	one := &link{hop: hop, key: of.id.String()}
	call := of.parent
	walked := map[trace.SpanID]bool{of.id: true}
	for id := of.parent; ; {
		next, here := t.spans[id]
		if !here || walked[id] {
			one.placed = !id.IsValid() || here
			break
		}
		walked[id] = true
		if next.kind == otlp.Span_SPAN_KIND_CLIENT && !next.database {
			one.callers = append(one.callers, id.String())
		}
		if next.kind == otlp.Span_SPAN_KIND_SERVER && len(one.callers) == 0 {
			call = id
		}
		id = next.parent
	}
	if of.database && call.IsValid() {
		one.key = "statements of " + call.String()
	}
	return one
}

// server returns the node that a client span calls, and the Pod if it sent a span.
func (t *tree) server(nodes index, from span) (node, pod string) {
	if from.database {
		return nodes.databases[from.service], ""
	}
	for _, child := range t.children[from.id] {
		if child.kind == otlp.Span_SPAN_KIND_SERVER {
			return child.service, child.pod
		}
	}
	return from.peer, ""
}

// isDriverWork reports whether otelpgx created the span in addition to the spans of statements: for a connection, or
// for the preparation of a statement. A failed connection counts as a statement, because no statement follows it.
func (t *tree) isDriverWork(of span) bool {
	if !of.database {
		return false
	}
	if t.spans[of.parent].database {
		return true
	}
	return !of.failed && (of.name == "connect" || strings.HasPrefix(of.name, "prepare "))
}
