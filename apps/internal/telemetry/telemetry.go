// Package telemetry makes traces of requests and sends them where the configuration says, OTLP over HTTP.
//
// Traces hold no personal data: a span names the route (/clients/:taxCode), never the path, the query or the caller's
// address. That is why neither this package nor package peer uses otelgin and otelhttp, which put url.path, url.full
// and client.address into every span and cannot be told not to.
package telemetry

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"

	"example.com/kubernetes-networking/apps/contract"
)

// flushTimeout is how long the last spans may take to leave. With the server's drain it has to stay below the Pod's
// grace period: 3 s + 15 s + 5 s of 30 s.
const flushTimeout = 5 * time.Second

// recording is whether spans go somewhere.
var recording atomic.Bool

// Start sends traces to the endpoint of config. Without an endpoint nothing is recorded and nothing runs; requests have
// a trace id all the same, see Middleware. The function that it returns sends the last spans, for flushTimeout at most,
// and has to be called at the end.
func Start(ctx context.Context, name string, config contract.Telemetry[string]) (stop func(context.Context) error, err error) {
	if config.OTLPEndpoint == "" {
		return func(context.Context) error { return nil }, nil
	}
	provider, err := export(ctx, name, config.OTLPEndpoint)
	if err != nil {
		return nil, fmt.Errorf("prepare to send traces to %s: %w", config.OTLPEndpoint, err)
	}
	otel.SetErrorHandler(&complaints{period: time.Minute})
	otel.SetTracerProvider(provider)
	recording.Store(true)
	return func(ctx context.Context) error {
		recording.Store(false)
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			return fmt.Errorf("send the last spans to %s: %w", config.OTLPEndpoint, err)
		}
		return nil
	}, nil
}

// export makes a provider whose spans are sent in batches, in the background: a collector that is away costs the spans
// that do not fit into the queue, never a request.
func export(ctx context.Context, name, endpoint string) (*sdk.TracerProvider, error) {
	// The variable holds the base of the URLs of all signals, says the OTLP exporter's specification.
	target, err := url.JoinPath(endpoint, "v1", "traces")
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(target))
	if err != nil {
		return nil, err
	}
	return sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithResource(resource.NewSchemaless(semconv.ServiceName(name))),
		// Who calls decides whether a trace is recorded. Where a trace begins, all are: this is a demo.
		sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample())),
	), nil
}

// QueryTracer returns what makes a span for each query, or nil unless Start was called before with an endpoint: pgx
// calls a tracer for every query.
func QueryTracer() pgx.QueryTracer {
	if !recording.Load() {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTrimSQLInSpanName(), otelpgx.WithDisableConnectionDetailsInAttributes())
}
