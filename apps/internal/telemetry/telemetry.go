// Package telemetry makes traces of requests and sends them where the configuration says, OTLP over HTTP: to the explorer,
// to a collector of the user, or to both.
//
// Traces hold no personal data: a span names the route (/clients/:taxCode), never the path, the query or the caller's
// address. That is why neither this package nor package peer uses otelgin and otelhttp, which put url.path, url.full
// and client.address into every span and cannot be told not to.
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

// flushTimeout is how long the last spans may take to leave. With the server's drain it has to stay below the Pod's
// grace period: 3 s + 15 s + 5 s of 30 s.
const flushTimeout = 5 * time.Second

// recording is whether spans go somewhere.
var recording atomic.Bool

// Start sends traces to each of the two destinations that config has. Without one nothing is recorded and nothing runs;
// requests have a trace id all the same, see Middleware. The function that it returns sends the last spans, for
// flushTimeout at most, and has to be called at the end.
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
	otel.SetErrorHandler(&complaints{period: time.Minute})
	otel.SetTracerProvider(provider)
	recording.Store(true)
	return func(ctx context.Context) error {
		recording.Store(false)
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		return flush(ctx, to)
	}, nil
}

// provide makes a provider whose spans go to all destinations, and say which service and which Pod made them.
func provide(name string, to []destination) (*sdk.TracerProvider, error) {
	pod, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("read the name of this Pod: %w", err)
	}
	options := []sdk.TracerProviderOption{
		sdk.WithResource(resource.NewSchemaless(semconv.ServiceName(name), semconv.K8SPodName(pod))),
		// Who calls decides whether a trace is recorded. Where a trace begins, all are: this is a demo.
		sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample())),
	}
	for _, one := range to {
		options = append(options, sdk.WithSpanProcessor(one.batches))
	}
	return sdk.NewTracerProvider(options...), nil
}

// QueryTracer returns what makes a span for each query, or nil unless Start was called before with a destination: pgx
// calls a tracer for every query.
func QueryTracer() pgx.QueryTracer {
	if !recording.Load() {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTrimSQLInSpanName(), otelpgx.WithDisableConnectionDetailsInAttributes())
}
