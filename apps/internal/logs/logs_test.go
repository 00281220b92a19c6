package logs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"example.com/kubernetes-networking/apps/internal/logs"
)

// line returns the only line that log writes, without its time.
func line(t *testing.T, log func(*slog.Logger)) map[string]any {
	t.Helper()
	var output bytes.Buffer
	log(logs.New(&output))
	var line map[string]any
	if err := json.Unmarshal(output.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, output.String())
	}
	delete(line, "time")
	return line
}

func called(t *testing.T) context.Context {
	t.Helper()
	headers := propagation.MapCarrier{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	return propagation.TraceContext{}.Extract(t.Context(), headers)
}

func TestALineOfARequestHasItsTraceID(t *testing.T) {
	tests := map[string]struct {
		log  func(*slog.Logger)
		want map[string]any
	}{
		"no request": {
			func(l *slog.Logger) { l.InfoContext(t.Context(), "hello") },
			map[string]any{"level": "INFO", "msg": "hello"},
		},
		"request": {
			func(l *slog.Logger) { l.InfoContext(called(t), "hello", "a", "b") },
			map[string]any{"level": "INFO", "msg": "hello", "a": "b", "trace_id": "0af7651916cd43dd8448eb211c80319c"},
		},
		"attributes": {
			func(l *slog.Logger) { l.With("app", "clients").InfoContext(called(t), "hello") },
			map[string]any{"level": "INFO", "msg": "hello", "app": "clients", "trace_id": "0af7651916cd43dd8448eb211c80319c"},
		},
		"group": {
			func(l *slog.Logger) { l.WithGroup("g").InfoContext(called(t), "hello") },
			map[string]any{"level": "INFO", "msg": "hello", "g": map[string]any{"trace_id": "0af7651916cd43dd8448eb211c80319c"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, want := asJSON(t, line(t, test.log)), asJSON(t, test.want)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALineHasTheSpanIDOfASpanThatIsRecorded(t *testing.T) {
	provider := sdk.NewTracerProvider()
	t.Cleanup(func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) })
	ctx, span := provider.Tracer("test").Start(called(t), "recorded")
	defer span.End()
	got := line(t, func(l *slog.Logger) { l.InfoContext(ctx, "hello") })
	if want := span.SpanContext().SpanID().String(); got["span_id"] != want || got["trace_id"] != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("got %v, want the caller's trace and the span %s", got, want)
	}
}

func TestTheLevelIsOfAllLoggers(t *testing.T) {
	t.Cleanup(func() { _ = logs.SetLevel("") })
	var output bytes.Buffer
	logger := logs.New(&output)
	tests := map[string][]string{
		"debug": {"DEBUG", "INFO", "WARN", "ERROR"},
		"info":  {"INFO", "WARN", "ERROR"},
		"":      {"INFO", "WARN", "ERROR"},
		"warn":  {"WARN", "ERROR"},
		"error": {"ERROR"},
	}
	for name, want := range tests {
		if err := logs.SetLevel(name); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			output.Reset()
			if logger.Log(t.Context(), level, "hello"); output.Len() > 0 {
				got = append(got, level.String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %q the levels %v are written, want %v", name, got, want)
		}
	}
	if err := logs.SetLevel("loud"); err == nil {
		t.Error("loud is a level")
	}
}

func TestAWarningAndTheEndWriteTheLinesThatWait(t *testing.T) {
	var output bytes.Buffer
	logger, stop := logs.NewBuffered(&output)
	wantLines := func(want int) {
		t.Helper()
		if got := bytes.Count(output.Bytes(), []byte("\n")); got != want {
			t.Errorf("%d lines are written, want %d", got, want)
		}
	}
	logger.Info("first")
	logger.Warn("second")
	wantLines(2)
	logger.Info("third")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	wantLines(3)
}
