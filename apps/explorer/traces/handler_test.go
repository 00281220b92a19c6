package traces_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

func zip(t testing.TB, text []byte) []byte {
	t.Helper()
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := writer.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped.Bytes()
}

func TestACompressedMessageIsAccepted(t *testing.T) {
	store := traces.NewStore(topology)
	if answer := post(t, store, zip(t, message(t, order...)), "Content-Encoding", "gzip"); answer.Code != 200 || answer.Body.Len() != 0 {
		t.Fatalf("got %d %q, want 200 and an empty message", answer.Code, answer.Body)
	}
	if trace, _ := store.Trace(one); len(trace.Spans) != len(order) {
		t.Errorf("got %d spans, want %d", len(trace.Spans), len(order))
	}
}

// A batch of the real exporter, compressed.
func TestTheExporterOfTheServicesIsUnderstood(t *testing.T) {
	store := traces.NewStore(topology)
	api := apitest.Serve(t, store.Handler())
	exporter, err := otlptracehttp.New(t.Context(),
		otlptracehttp.WithEndpointURL(api.URL+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(sdkresource.NewSchemaless(
		attribute.String("service.name", "orders"), attribute.String("k8s.pod.name", "orders-1"))))
	_, span := provider.Tracer("test").Start(t.Context(), "GET /clients/{taxCode}", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("server.address", "clients"), attribute.Int("http.response.status_code", 404)))
	span.SetStatus(codes.Error, "")
	span.End()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	received, _ := store.Trace(span.SpanContext().TraceID().String())
	if len(received.Hops) != 1 {
		t.Fatalf("got %+v, want one hop", received)
	}
	hop := received.Hops[0]
	if hop.From != "orders" || hop.To != "clients" || hop.FromPod != "orders-1" || hop.Status != 404 || !hop.Failed {
		t.Errorf("got %+v", hop)
	}
}

func TestInvalidRequestsAreRefused(t *testing.T) {
	tooLong := make([]byte, 4<<20+1)
	for _, test := range []struct {
		name    string
		body    []byte
		headers []string
		status  int
		message string
	}{
		{"not protobuf", []byte("{}"), nil, 400, "The body is not a TracesData message: "},
		{"half of a message", message(t, order...)[:50], nil, 400, "The body is not a TracesData message: "},
		{"not compressed", message(t, order...), []string{"Content-Encoding", "gzip"}, 400, "The body is not valid gzip: "},
		{"half of a compressed body", zip(t, message(t, order...))[:50], []string{"Content-Encoding", "gzip"}, 400, "The body cannot be read: "},
		{"another compression", nil, []string{"Content-Encoding", "zstd"}, 415, `The Content-Encoding "zstd" is not supported: send gzip or none.`},
		{"too long", tooLong, nil, 413, "The body has more than 4194304 bytes: send fewer spans per request."},
		{"too long after decompression", zip(t, tooLong), []string{"Content-Encoding", "gzip"}, 413, "The body has more than 4194304 bytes: send fewer spans per request."},
		{"a span that is too long", message(t, sent{id: 1, from: 1, name: strings.Repeat("x", 1<<16)}), nil, 400, "The body is not a TracesData message: a Span has "},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := post(t, traces.NewStore(topology), test.body, test.headers...)
			// Field 2 of a google.rpc.Status is its message.
			number, _, tag := protowire.ConsumeTag(answer.Body.Bytes())
			response, _ := protowire.ConsumeString(answer.Body.Bytes()[tag:])
			if answer.Code != test.status || number != 2 || !strings.HasPrefix(response, test.message) || answer.Header().Get("Content-Type") != "application/x-protobuf" {
				t.Errorf("got %d %q, want %d %q", answer.Code, response, test.status, test.message)
			}
		})
	}
}

func TestOtherPathsAndMethodsGetAProblem(t *testing.T) {
	api := apitest.Serve(t, traces.NewStore(topology).Handler())
	api.Do(t, "POST", "/v1/traces", `{"resourceSpans":[]}`).
		WantProblem(t, 415, "/v1/traces", "Send OTLP with the Content-Type application/x-protobuf.")
	api.Do(t, "GET", "/v1/traces", "").WantProblem(t, 405, "/v1/traces", "Send traces with POST.")
	api.Do(t, "POST", "/v1/metrics", "").WantProblem(t, 404, "/v1/metrics", "Send traces to /v1/traces.")
}

func TestInvalidSpansAreCounted(t *testing.T) {
	withoutTrace, withoutStart := sent{trace: make([]byte, 16), id: 1, from: 1}, sent{id: 1, from: -began.UnixMilli()}
	shortTrace, withoutID := sent{trace: []byte{1}, id: 1, from: 1}, sent{from: 1}
	store := traces.NewStore(topology)
	answer := post(t, store, message(t, withoutTrace, shortTrace, withoutID, withoutStart, request(1)))
	var response collector.ExportTraceServiceResponse
	if err := proto.Unmarshal(answer.Body.Bytes(), &response); err != nil {
		t.Fatal(err)
	}
	const want = "4 spans have no valid ids or no start"
	if got := response.GetPartialSuccess(); answer.Code != 200 || got.GetRejectedSpans() != 4 || got.GetErrorMessage() != want {
		t.Errorf("got %d %v, want 200, 4 and %q", answer.Code, got, want)
	}
	if got := names(store.Traces()); len(got) != 1 {
		t.Errorf("got %v, want the fifth span's trace alone", got)
	}
}

func TestABodyIsNotDecompressedBeyondItsLimit(t *testing.T) {
	zipped := zip(t, make([]byte, 64<<20))
	before := allocated()
	if answer := post(t, traces.NewStore(topology), zipped, "Content-Encoding", "gzip"); answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", answer.Code)
	}
	if got := allocated() - before; got > 64<<20 {
		t.Errorf("it took %d MiB, want at most 64: a buffer for 4 MiB and its smaller predecessors", got>>20)
	}
}

// allocated returns the bytes allocated so far, freed or not.
func allocated() int64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.TotalAlloc)
}

// Decoding the whole message of 4 MiB would take a hundred times as much memory.
func TestAMessageOfEmptySpansTakesLittleMemory(t *testing.T) {
	text, err := proto.Marshal(&otlp.TracesData{ResourceSpans: []*otlp.ResourceSpans{{
		Resource:   new(resource.Resource),
		ScopeSpans: []*otlp.ScopeSpans{{Spans: make([]*otlp.Span, 2_000_000)}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	zipped := zip(t, text)
	store := traces.NewStore(topology)
	before := fromSystem()
	if answer := post(t, store, zipped, "Content-Encoding", "gzip"); answer.Code != http.StatusOK || len(store.Traces()) != 0 {
		t.Errorf("got %d and %d traces, want 200 and none", answer.Code, len(store.Traces()))
	}
	if got := fromSystem() - before; got > 48<<20 {
		t.Errorf("the heap grew by %d MiB, want at most 48", got>>20)
	}
}

// fromSystem returns the maximum size of the heap so far.
func fromSystem() int64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapSys)
}
