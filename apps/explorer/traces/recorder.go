package traces

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"example.com/kubernetes-networking/apps/contract"
)

// recorder is a span processor that adds the explorer's own spans to the store directly.
type recorder struct {
	store *Store
	from  origin
}

// newTracer returns a tracer that adds spans to the store when they end.
func newTracer(store *Store) trace.Tracer {
	from := origin{service: contract.ExplorerName}
	// A Pod's host name is the Pod's name. An empty name is allowed.
	from.pod, _ = os.Hostname()
	provider := sdk.NewTracerProvider(
		sdk.WithSpanProcessor(recorder{store, from}),
		sdk.WithSampler(sdk.AlwaysSample()),
	)
	return provider.Tracer("example.com/kubernetes-networking/apps/explorer/traces")
}

// OnStart does nothing: spans are stored when they end.
func (recorder) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd stores a span.
func (r recorder) OnEnd(ended sdk.ReadOnlySpan) {
	kept := span{
		id: ended.SpanContext().SpanID(), parent: ended.Parent().SpanID(),
		service: r.from.service, pod: r.from.pod, name: cut(ended.Name()), kind: otlp.Span_SPAN_KIND_INTERNAL,
		failed: ended.Status().Code == codes.Error,
		start:  ended.StartTime().UnixNano(), end: ended.EndTime().UnixNano(),
	}
	if ended.SpanKind() == trace.SpanKindClient {
		kept.kind = otlp.Span_SPAN_KIND_CLIENT
	}
	for _, attribute := range ended.Attributes() {
		kept.own(attribute)
	}
	r.store.add(ended.SpanContext().TraceID(), kept)
}

// own is like describe, for an attribute of the SDK.
func (s *span) own(attribute attribute.KeyValue) {
	switch attribute.Key {
	case semconv.ServerAddressKey:
		s.peer = attribute.Value.AsString()
	case semconv.HTTPResponseStatusCodeKey:
		s.status = int(attribute.Value.AsInt64())
	case semconv.ErrorTypeKey:
		s.code = attribute.Value.AsString()
	}
}

// Shutdown does nothing.
func (recorder) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (recorder) ForceFlush(context.Context) error { return nil }
