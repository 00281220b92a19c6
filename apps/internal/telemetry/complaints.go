package telemetry

import (
	"log/slog"
	"sync/atomic"
	"time"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// complaints logs what goes wrong when spans are sent, once in a period: a collector that is away says the same for
// every batch.
type complaints struct {
	period time.Duration
	last   atomic.Int64 // when it logged, in nanoseconds since 1970
}

// Handle is called by OpenTelemetry, from any goroutine.
func (c *complaints) Handle(err error) {
	now, last := time.Now().UnixNano(), c.last.Load()
	if now-last < int64(c.period) || !c.last.CompareAndSwap(last, now) {
		return
	}
	slog.Warn("traces are not sent, requests are served all the same", "silent_for", c.period.String(), "error", redact.Text(err.Error()))
}
