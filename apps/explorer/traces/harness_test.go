package traces_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// topology is the part of the demo's topology that the spans refer to.
var topology = contract.Topology{Nodes: []contract.Node{
	{Name: "explorer", Kind: contract.ExplorerNode},
	{Name: "clients", Kind: contract.ServiceNode},
	{Name: "orders", Kind: contract.ServiceNode},
	{Name: "orders-database", Kind: contract.DatabaseNode, Owner: "orders"},
	{Name: "db.example.com", Kind: contract.ExternalNode, Owner: "clients"},
}}

const (
	server = otlp.Span_SPAN_KIND_SERVER
	client = otlp.Span_SPAN_KIND_CLIENT
	within = otlp.Span_SPAN_KIND_INTERNAL
)

// began is the start of the traces of these tests.
var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// one is the id of the trace in most tests.
const one = "000102030405060708090a0b0c0d0e0f"

// sent is a span that a service sends. It belongs to the trace one, unless trace is set.
type sent struct {
	trace      []byte
	service    string
	id, parent byte
	kind       otlp.Span_SpanKind
	name       string
	// from and to are in milliseconds since began.
	from, to   int64
	failed     bool
	attributes map[string]any
}

func (s sent) span() *otlp.Span {
	span := &otlp.Span{
		TraceId: s.trace, SpanId: []byte{0, 0, 0, 0, 0, 0, 0, s.id}, Name: s.name, Kind: s.kind,
		StartTimeUnixNano: at(s.from), EndTimeUnixNano: at(s.to),
	}
	if s.trace == nil {
		span.TraceId = []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	}
	if s.parent != 0 {
		span.ParentSpanId = []byte{0, 0, 0, 0, 0, 0, 0, s.parent}
	}
	if s.failed {
		span.Status = &otlp.Status{Code: otlp.Status_STATUS_CODE_ERROR}
	}
	for key, value := range s.attributes {
		span.Attributes = append(span.Attributes, keyValue(key, value))
	}
	return span
}

func at(millisecond int64) uint64 {
	return uint64(began.Add(time.Duration(millisecond) * time.Millisecond).UnixNano())
}

func keyValue(key string, value any) *common.KeyValue {
	switch value := value.(type) {
	case int:
		return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(value)}}}
	default:
		return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value.(string)}}}
	}
}

// message returns the encoded spans. The Pod of a service is named after the service, with -pod appended.
func message(t testing.TB, spans ...sent) []byte {
	t.Helper()
	all := new(otlp.TracesData)
	for _, s := range spans {
		all.ResourceSpans = append(all.ResourceSpans, &otlp.ResourceSpans{
			Resource: &resource.Resource{Attributes: []*common.KeyValue{
				keyValue("service.name", s.service), keyValue("k8s.pod.name", s.service+"-pod"),
			}},
			ScopeSpans: []*otlp.ScopeSpans{{Spans: []*otlp.Span{s.span()}}},
		})
	}
	text, err := proto.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// post sends a body to the store as protobuf. headers holds names and values of further headers.
func post(t testing.TB, store *traces.Store, body []byte, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/traces", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/x-protobuf")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	store.Handler().ServeHTTP(answer, request)
	return answer
}

// send sends each span in its own request, which the store must accept.
func send(t testing.TB, store *traces.Store, spans ...sent) {
	t.Helper()
	for _, s := range spans {
		if answer := post(t, store, message(t, s)); answer.Code != http.StatusOK || answer.Body.Len() != 0 {
			t.Fatalf("got %d %q, want 200 and an empty message", answer.Code, answer.Body)
		}
	}
}

// traceOf returns the trace one of a store that received these spans in this order.
func traceOf(t testing.TB, spans ...sent) traces.Trace {
	t.Helper()
	store := traces.NewStore(topology)
	send(t, store, spans...)
	trace, found := store.Trace(one)
	if !found {
		t.Fatal("there is no trace")
	}
	return trace
}
