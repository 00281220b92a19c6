package telemetry

import (
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

// Middleware gives every request its trace: that of its header traceparent (W3C Trace Context), or a new one. It makes
// a span if spans are recorded. Where they are not, the caller's ids are handed on to peers as they came.
func Middleware() gin.HandlerFunc {
	tracer := otel.Tracer(tracerName)
	return func(c *gin.Context) {
		ctx := propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
		ctx, span := tracer.Start(ctx, c.Request.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		if !span.SpanContext().IsValid() {
			ctx = trace.ContextWithSpanContext(ctx, newSpanContext())
		}
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		if span.IsRecording() {
			describe(span, c)
		}
	}
}

// describe says what the span was. Its name is the method and the route, or the method alone where there is no route.
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
	// What a caller did wrong is no error of the server, says the convention.
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// newSpanContext begins a trace that nobody records, so that the logs of all services that a request comes to can be
// found by one id.
func newSpanContext() trace.SpanContext {
	var config trace.SpanContextConfig
	binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	return trace.NewSpanContext(config)
}
