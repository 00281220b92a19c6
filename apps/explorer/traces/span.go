package traces

import (
	"math"
	"strings"

	"go.opentelemetry.io/otel/trace"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

// maxText is how many bytes of a text are kept. Names of Services and Pods have at most 63 where they are host names,
// and names of our spans are a method and a route.
const maxText = 128

// span is what is kept of a span. It has no reference into the message that it came in.
type span struct {
	id, parent         trace.SpanID
	service, pod, name string
	kind               otlp.Span_SpanKind
	// peer is whom a client span calls; empty if it does not say.
	peer string
	// database says that the span is about a PostgreSQL server.
	database bool
	// status is that of HTTP, 0 if there is none.
	status int
	failed bool
	// code says why it failed; empty if nobody said so.
	code string
	// start and end are in nanoseconds since 1970.
	start, end int64
}

// origin is who sent spans.
type origin struct{ service, pod string }

func originOf(sender *resource.Resource) origin {
	var from origin
	for _, attribute := range sender.GetAttributes() {
		switch attribute.GetKey() {
		case "service.name":
			from.service = text(attribute)
		case "k8s.pod.name":
			from.pod = text(attribute)
		}
	}
	return from
}

// spanOf returns the trace and what is kept of one of its spans, or false if the span breaks OTLP's rules: no ids, or no
// time at which it began.
func spanOf(from origin, sent *otlp.Span) (trace.TraceID, span, bool) {
	var id trace.TraceID
	kept := span{
		service: from.service, pod: from.pod, name: cut(sent.GetName()), kind: sent.GetKind(),
		failed: sent.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR,
	}
	copy(id[:], sent.GetTraceId())
	copy(kept.id[:], sent.GetSpanId())
	copy(kept.parent[:], sent.GetParentSpanId())
	if len(sent.GetTraceId()) != len(id) || !id.IsValid() || len(sent.GetSpanId()) != len(kept.id) || !kept.id.IsValid() ||
		sent.GetStartTimeUnixNano() == 0 || max(sent.GetStartTimeUnixNano(), sent.GetEndTimeUnixNano()) > math.MaxInt64 {
		return id, span{}, false
	}
	kept.start = int64(sent.GetStartTimeUnixNano())
	kept.end = max(kept.start, int64(sent.GetEndTimeUnixNano()))
	for _, attribute := range sent.GetAttributes() {
		kept.describe(attribute)
	}
	return id, kept, true
}

// describe takes what is needed from an attribute. Names are those of OpenTelemetry's semantic conventions; db.system is
// the older name, which otelpgx uses.
func (s *span) describe(attribute *common.KeyValue) {
	switch attribute.GetKey() {
	case "server.address":
		s.peer = text(attribute)
	case "db.system", "db.system.name":
		s.database = attribute.GetValue().GetStringValue() == "postgresql"
	case "error.type":
		s.code = text(attribute)
	case "http.response.status_code":
		s.status = int(attribute.GetValue().GetIntValue())
	}
}

func text(attribute *common.KeyValue) string { return cut(attribute.GetValue().GetStringValue()) }

// cut returns the beginning of a text.
func cut(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
	}
	return text
}
