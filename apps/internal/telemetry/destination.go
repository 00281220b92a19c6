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

// explorerDelay is how long spans for the explorer wait for a batch. It is shorter than the SDK's 5 s, which collectors get,
// because visitors wait for the trace of their request.
const explorerDelay = time.Second

// destination receives traces. Spans are sent in batches in the background. An unavailable destination loses the spans that
// exceed its queue; it affects neither requests nor the other destination.
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
	// By the OTLP specification, the variable holds the base of the URLs of all signals.
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

// flush sends the last spans to all destinations concurrently. A provider's own shutdown is sequential, so a destination
// that hangs would use up the time of the next.
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
