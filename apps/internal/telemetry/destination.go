package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/redact"
)

// explorerDelay is how long spans for the explorer wait for others to go with. Whoever has sent a request there waits for
// its trace; a collector has the five seconds of the SDK.
const explorerDelay = time.Second

// destination is who takes traces. Spans are sent in batches, in the background: one that is away costs the spans that do
// not fit into the queue, never a request, and nothing of what another destination gets.
type destination struct {
	endpoint string
	batches  sdk.SpanProcessor
}

func destinations(ctx context.Context, config contract.Telemetry[string]) ([]destination, error) {
	var all []destination
	for _, one := range []struct {
		endpoint string
		delay    time.Duration
	}{
		{config.TracesURL, explorerDelay},
		{config.OTLPEndpoint, sdk.DefaultScheduleDelay * time.Millisecond},
	} {
		if one.endpoint == "" {
			continue
		}
		batches, err := batch(ctx, one.endpoint, one.delay)
		if err != nil {
			return nil, fmt.Errorf("prepare to send traces to %s: %w", redact.Text(one.endpoint), err)
		}
		all = append(all, destination{one.endpoint, batches})
	}
	return all, nil
}

func batch(ctx context.Context, endpoint string, delay time.Duration) (sdk.SpanProcessor, error) {
	// The variable holds the base of the URLs of all signals, says the OTLP exporter's specification.
	target, err := url.JoinPath(endpoint, "v1", "traces")
	if err != nil {
		return nil, errors.New("the endpoint is not a URL") // net/url's error quotes it
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(target))
	if err != nil {
		return nil, err
	}
	return sdk.NewBatchSpanProcessor(exporter, sdk.WithBatchTimeout(delay)), nil
}

// flush sends the last spans to all at the same time. A provider's own shutdown does it one after the other, and one that
// hangs would take the time of the next.
func flush(ctx context.Context, to []destination) error {
	errs := make([]error, len(to))
	var flushed sync.WaitGroup
	for i, one := range to {
		flushed.Go(func() {
			if err := one.batches.Shutdown(ctx); err != nil {
				errs[i] = fmt.Errorf("send the last spans to %s: %w", redact.Text(one.endpoint), err)
			}
		})
	}
	flushed.Wait()
	return errors.Join(errs...)
}
