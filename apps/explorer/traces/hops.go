package traces

import (
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

// hops returns the spans that go from one node to another, in the order of their start.
func (t *tree) hops(atlas atlas, sorted []span) []Hop {
	hops := []Hop{}
	for _, span := range sorted {
		if span.kind != otlp.Span_SPAN_KIND_CLIENT || t.isChore(span) {
			continue
		}
		to, pod := t.callee(atlas, span)
		if !atlas.nodes[span.service] || !atlas.nodes[to] {
			continue
		}
		hops = append(hops, Hop{
			Number: len(hops) + 1, From: span.service, To: to, FromPod: span.pod, ToPod: pod, Name: span.name,
			Start: milliseconds(span.start - t.began), Milliseconds: milliseconds(span.end - span.start), Failed: span.failed,
		})
	}
	return hops
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
