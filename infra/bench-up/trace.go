package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// span is a span of pulumi's trace, in OTLP's JSON encoding
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
type span struct {
	Name       string
	Start      int64 `json:"startTimeUnixNano,string"`
	End        int64 `json:"endTimeUnixNano,string"`
	Attributes []struct {
		Key   string
		Value struct{ StringValue string }
	}
}

// trace is the output of pulumi --otel-traces.
type trace []span

func readTrace(file string) (trace, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spans trace
	for decoder := json.NewDecoder(bytes.NewReader(content)); ; {
		var export struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []span } }
		}
		switch err := decoder.Decode(&export); {
		case errors.Is(err, io.EOF):
			return spans, nil
		case err != nil:
			return nil, fmt.Errorf("read the trace of pulumi: %w", err)
		}
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				spans = append(spans, scope.Spans...)
			}
		}
	}
}

// events returns the ends of pulumi's phases.
func (t trace) events() []event {
	const register = "pulumirpc.ResourceMonitor/RegisterResource"
	run, provider, creates := t.of("pulumirpc.LanguageRuntime/Run"), t.of("newPlugin").kind("resource"), t.of("pulumirpc.ResourceProvider/Create")
	var events []event
	add := func(at int64, what string) {
		if at > 0 {
			events = append(events, event{time.Unix(0, at), what})
		}
	}
	add(run.first(), "pulumi has found its plugins and starts the program")
	add(t.of(register).first(), "the program is linked, has inspected the cluster, and declares resources")
	add(provider.finished(), "the providers run")
	add(t.of(register).last(), "all resources are declared")
	add(creates.finished(), "the providers have awaited all resources")
	return events
}

// of returns the spans with the given name.
func (t trace) of(name string) (found trace) {
	for _, s := range t {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// kind returns the spans of plugins of the given kind.
func (t trace) kind(kind string) (found trace) {
	for _, s := range t {
		for _, attribute := range s.Attributes {
			if attribute.Key == "kind" && attribute.Value.StringValue == kind {
				found = append(found, s)
			}
		}
	}
	return found
}

// first returns the start of the first span, in nanoseconds of Unix time, or 0 if there is none.
func (t trace) first() (at int64) {
	for _, s := range t {
		if at == 0 || s.Start < at {
			at = s.Start
		}
	}
	return at
}

// last returns the start of the last span.
func (t trace) last() (at int64) {
	for _, s := range t {
		at = max(at, s.Start)
	}
	return at
}

// finished returns the end of the last span.
func (t trace) finished() (at int64) {
	for _, s := range t {
		at = max(at, s.End)
	}
	return at
}
