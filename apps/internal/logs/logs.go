// Package logs writes the apps' logs: JSON lines that carry the trace id of the request they belong to.
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
// span_id when spans are recorded.
func New(w io.Writer) *slog.Logger {
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: &level}), func() {}})
}

// flushEvery is how long a line may wait. Whoever follows the logs does not notice.
const flushEvery = 100 * time.Millisecond

// NewBuffered returns a logger like New's that writes lines together, because a system call for each is what a busy
// service spends most on its log. Warnings and errors are written at once, and stop writes the rest, which is lost if
// the process is killed before.
func NewBuffered(w io.Writer) (logger *slog.Logger, stop func() error) {
	// The wrapper hides a file's Sync: what is written is the kubelet's, and no disk is waited for.
	buffer := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(struct{ io.Writer }{w}), FlushInterval: flushEvery}
	handler := slog.NewJSONHandler(buffer, &slog.HandlerOptions{Level: &level})
	return slog.New(traced{handler, func() { _ = buffer.Sync() }}), buffer.Stop
}

// traced adds the ids of the context to each line, and flushes after those that matter.
type traced struct {
	slog.Handler
	flush func()
}

// Handle adds the ids and hands the line on.
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

// WithAttrs keeps the ids on the lines of a logger with attributes.
func (t traced) WithAttrs(attributes []slog.Attr) slog.Handler {
	return traced{t.Handler.WithAttrs(attributes), t.flush}
}

// WithGroup keeps the ids on the lines of a logger with a group, in that group.
func (t traced) WithGroup(name string) slog.Handler {
	return traced{t.Handler.WithGroup(name), t.flush}
}
