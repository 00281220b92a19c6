// Package logs writes the apps' logs: JSON lines that carry the trace id of the request they belong to.
package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
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
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: &level})})
}

// traced adds the ids of the context to each line.
type traced struct{ slog.Handler }

// Handle adds the ids and hands the line on.
func (t traced) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanFromContext(ctx)
	if ids := span.SpanContext(); ids.HasTraceID() {
		record.AddAttrs(slog.String("trace_id", ids.TraceID().String()))
		if span.IsRecording() {
			record.AddAttrs(slog.String("span_id", ids.SpanID().String()))
		}
	}
	return t.Handler.Handle(ctx, record)
}

// WithAttrs keeps the ids on the lines of a logger with attributes.
func (t traced) WithAttrs(attributes []slog.Attr) slog.Handler {
	return traced{t.Handler.WithAttrs(attributes)}
}

// WithGroup keeps the ids on the lines of a logger with a group, in that group.
func (t traced) WithGroup(name string) slog.Handler {
	return traced{t.Handler.WithGroup(name)}
}
