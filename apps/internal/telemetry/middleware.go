package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// tracerName is the instrumentation scope of the server's spans.
const tracerName = "example.com/kubernetes-networking/apps/internal/telemetry"

// Middleware adds a trace to the context of every request: the one of the header traceparent (W3C Trace Context), or a new
// one. It records a span if Start was called before with a destination.
func Middleware() gin.HandlerFunc {
	if !recording.Load() {
		return propagate
	}
	return record(otel.Tracer(tracerName))
}

// propagate records no span. Calls to peers carry the caller's ids unchanged.
func propagate(c *gin.Context) {
	ctx := extract(c)
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, newSpanContext())
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

func record(tracer trace.Tracer) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, span := tracer.Start(extract(c), c.Request.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		describe(span, c)
	}
}

// extract returns the context of a request with the trace of its caller.
func extract(c *gin.Context) context.Context {
	return propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
}

// describe sets name and attributes of a span. Its name is the method and the route, or the method if there is no route.
func describe(span trace.Span, c *gin.Context) {
	status, route := c.Writer.Status(), c.FullPath()
	if route != "" {
		span.SetName(c.Request.Method + " " + route)
	}
	span.SetAttributes(
		semconv.HTTPRequestMethodKey.String(c.Request.Method),
		semconv.HTTPRoute(route),
		semconv.HTTPResponseStatusCode(status),
	)
	// By the OpenTelemetry convention, a 4xx is not an error of the server.
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// newSpanContext starts a trace that is not recorded. Its id connects the log lines of all services for a request.
func newSpanContext() trace.SpanContext {
	var config trace.SpanContextConfig
	binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	return trace.NewSpanContext(config)
}
