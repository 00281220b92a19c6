package traces

import (
	"math"
	"strings"

	"go.opentelemetry.io/otel/trace"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

// maxText is the maximum length of a stored text in bytes. Names of Services and Pods have at most 63 bytes, and the
// names of the services' spans are a method and a route.
const maxText = 128

// span holds the stored part of a span. It does not refer to the message from which it was decoded.
type span struct {
	id, parent         trace.SpanID
	service, pod, name string
	kind               otlp.Span_SpanKind
	// peer is the server that a client span calls; empty if it is unknown.
	peer string
	// database marks a span of a PostgreSQL client.
	database bool
	// status is the HTTP status; 0 if there is none.
	status int
	failed bool
	// code is the reason of the failure; empty if it is unknown.
	code string
	// start and end are in nanoseconds since 1970.
	start, end int64
}

// origin identifies the sender of spans.
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

// spanOf returns the id of the trace and the stored part of a span. It returns false for a span that violates OTLP,
// such as one without ids or without a start.
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

// describe stores the value of an attribute, if it is used. The names come from OpenTelemetry's semantic conventions.
// db.system is the older name, which otelpgx uses.
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

// cut returns at most maxText bytes of a text.
func cut(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
	}
	return text
}
