// Package logs provides the apps' loggers: JSON lines with the trace id of their request. Package process installs one.
package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap/zapcore"
)

// level is the level of all loggers of the process.
var level slog.LevelVar

// SetLevel sets the level of all loggers of the process: debug, info, warn or error; info if name is empty.
func SetLevel(name string) error {
	if name == "" {
		level.Set(slog.LevelInfo)
		return nil
	}
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return fmt.Errorf("set the level of the logs: %w", err)
	}
	return nil
}

// New returns a logger that writes to w. A line that is logged with the context of a request has its trace_id, and its
// span_id if spans are recorded.
func New(w io.Writer) *slog.Logger {
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: &level}), func() {}})
}

// flushEvery is how long a line may wait. The delay is too short to notice when following the logs.
const flushEvery = 100 * time.Millisecond

// NewBuffered returns a logger like New that writes lines in batches, because a system call per line is most of the cost
// of logging in a busy service. It writes warnings and errors at once. Call stop before the process ends: it writes the
// remaining lines.
func NewBuffered(w io.Writer) (logger *slog.Logger, stop func() error) {
	// The wrapper hides the Sync of os.Stdout: the output is a pipe to the container runtime, which cannot be synced.
	buffer := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(struct{ io.Writer }{w}), FlushInterval: flushEvery}
	handler := slog.NewJSONHandler(buffer, &slog.HandlerOptions{Level: &level})
	return slog.New(traced{handler, func() { _ = buffer.Sync() }}), buffer.Stop
}

// traced adds the trace ids of the context to each line, and flushes after warnings and errors.
type traced struct {
	slog.Handler
	flush func()
}

// Handle implements slog.Handler.
func (t traced) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanFromContext(ctx)
	if ids := span.SpanContext(); ids.HasTraceID() {
		record.AddAttrs(slog.String("trace_id", ids.TraceID().String()))
		if span.IsRecording() {
			record.AddAttrs(slog.String("span_id", ids.SpanID().String()))
		}
	}
	err := t.Handler.Handle(ctx, record)
	if record.Level >= slog.LevelWarn {
		t.flush()
	}
	return err
}

// WithAttrs implements slog.Handler.
func (t traced) WithAttrs(attributes []slog.Attr) slog.Handler {
	return traced{t.Handler.WithAttrs(attributes), t.flush}
}

// WithGroup implements slog.Handler. The ids are in the group.
func (t traced) WithGroup(name string) slog.Handler {
	return traced{t.Handler.WithGroup(name), t.flush}
}
