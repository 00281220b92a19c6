package traces

import (
	"cmp"
	"strings"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"example.com/kubernetes-networking/apps/contract"
)

// atlas is what of the topology is needed to find spans on the map.
type atlas struct {
	nodes map[string]bool
	// databases are by the service that owns them.
	databases map[string]string
}

func newAtlas(topology contract.Topology) atlas {
	found := atlas{nodes: map[string]bool{}, databases: map[string]string{}}
	for _, node := range topology.Nodes {
		found.nodes[node.Name] = true
		if node.Owner != "" {
			found.databases[node.Owner] = node.Name
		}
	}
	return found
}

// hops returns what goes from one node to another, in the order of its start. Statements that a request sends to its
// service's database one after the other, with no other hop in between, are one hop, named after all of them: a
// transaction is an arrow on the map, not six.
func (t *tree) hops(atlas atlas, sorted []span) []Hop {
	hops := []Hop{}
	var last span
	for _, span := range sorted {
		if span.kind != otlp.Span_SPAN_KIND_CLIENT || t.isChore(span) {
			continue
		}
		hop := t.hop(atlas, span)
		switch {
		case !atlas.nodes[hop.From] || !atlas.nodes[hop.To]:
			continue
		case span.database && last.database && span.parent == last.parent && span.parent.IsValid():
			hops[len(hops)-1].goOn(hop)
		default:
			hop.Number = len(hops) + 1
			hops = append(hops, hop)
		}
		last = span
	}
	return hops
}

// hop is one client span.
func (t *tree) hop(atlas atlas, of span) Hop {
	to, pod := t.callee(atlas, of)
	name := of.name
	if of.database {
		name = strings.TrimPrefix(name, "query ")
	}
	return Hop{
		From: of.service, To: to, FromPod: of.pod, ToPod: pod, Name: name,
		Start: milliseconds(of.start - t.began), Milliseconds: milliseconds(of.end - of.start),
		Failed: of.failed, Code: of.code, Status: of.status,
	}
}

// goOn adds the next statement.
func (h *Hop) goOn(next Hop) {
	h.Name = cut(h.Name + ", " + next.Name)
	h.Milliseconds = max(h.Milliseconds, next.Start+next.Milliseconds-h.Start)
	h.Failed = h.Failed || next.Failed
	h.Code = cmp.Or(h.Code, next.Code)
}

// callee returns the node that a client span leads to, and its Pod if that one sent a span.
func (t *tree) callee(atlas atlas, from span) (node, pod string) {
	if from.database {
		return atlas.databases[from.service], ""
	}
	for _, child := range t.children[from.id] {
		if child.kind == otlp.Span_SPAN_KIND_SERVER {
			return child.service, child.pod
		}
	}
	return from.peer, ""
}

// isChore reports whether a span is what otelpgx tells beside the statements that a request asked for: that it
// connected, or prepared the statement whose span this one is in. A connection that failed is none, for then there is no
// statement.
func (t *tree) isChore(of span) bool {
	if !of.database {
		return false
	}
	if t.spans[of.parent].database {
		return true
	}
	return !of.failed && (of.name == "connect" || strings.HasPrefix(of.name, "prepare "))
}
