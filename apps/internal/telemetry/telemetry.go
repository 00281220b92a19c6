// Package telemetry records traces of requests and sends them with OTLP over HTTP to the explorer, to the user's collector,
// or to both. Package app starts it; package web uses its middleware.
//
// Traces hold no personal data: a span has the route (/clients/:taxCode), but not the path, the query or the caller's
// address. So neither this package nor package peer uses otelgin and otelhttp, which add url.path, url.full and
// client.address to every span, without an option to omit them.
package telemetry

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"

	"example.com/kubernetes-networking/apps/contract"
)

// flushTimeout limits sending the last spans. The sum with the drain of package server must stay below the Pod's grace
// period: 3 s + 15 s + 5 s of 30 s.
const flushTimeout = 5 * time.Second

// recording reports whether spans are recorded.
var recording atomic.Bool

// Start begins to send traces to the destinations in config. Without a destination it records nothing and starts no
// goroutine; requests have a trace id all the same, see Middleware. The caller must call stop at the end, which sends the
// last spans and blocks for at most flushTimeout.
func Start(ctx context.Context, name string, config contract.Telemetry[string]) (stop func(context.Context) error, err error) {
	to, err := destinations(ctx, config)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 {
		return func(context.Context) error { return nil }, nil
	}
	provider, err := provide(name, to)
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(&errorLog{period: time.Minute})
	otel.SetTracerProvider(provider)
	recording.Store(true)
	return func(ctx context.Context) error {
		recording.Store(false)
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		return flush(ctx, to)
	}, nil
}

// provide returns a provider that sends spans to all destinations. Their resource names the service and the Pod.
func provide(name string, to []destination) (*sdk.TracerProvider, error) {
	pod, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("read the name of this Pod: %w", err)
	}
	options := []sdk.TracerProviderOption{
		sdk.WithResource(resource.NewSchemaless(semconv.ServiceName(name), semconv.K8SPodName(pod))),
		// Sampled if the caller sampled it; traces that start here are all sampled, because this is a demo.
		sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample())),
	}
	for _, one := range to {
		options = append(options, sdk.WithSpanProcessor(one.batches))
	}
	return sdk.NewTracerProvider(options...), nil
}

// QueryTracer returns a tracer that records a span for each query. It returns nil unless Start was called before with a
// destination, so that queries do not pay for a tracer.
func QueryTracer() pgx.QueryTracer {
	if !recording.Load() {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTrimSQLInSpanName(), otelpgx.WithDisableConnectionDetailsInAttributes())
}
