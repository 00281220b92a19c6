package telemetry

import (
	"log/slog"
	"sync/atomic"
	"time"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// errorLog logs errors of sending spans, at most one per period: an unavailable collector causes the same error for every
// batch.
type errorLog struct {
	period time.Duration
	last   atomic.Int64 // time of the last line, in nanoseconds since 1970
}

// Handle implements otel.ErrorHandler.
func (l *errorLog) Handle(err error) {
	now, last := time.Now().UnixNano(), l.last.Load()
	if now-last < int64(l.period) || !l.last.CompareAndSwap(last, now) {
		return
	}
	slog.Warn("cannot send traces; requests are not affected", "silent_for", l.period.String(), "error", redact.Text(err.Error()))
}
