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

// Middleware gives every request its trace: that of its header traceparent (W3C Trace Context), or a new one. It makes
// a span if Start was called before with an endpoint.
func Middleware() gin.HandlerFunc {
	if !recording.Load() {
		return handOn
	}
	return record(otel.Tracer(tracerName))
}

// handOn makes no span: peers get the caller's ids as they came.
func handOn(c *gin.Context) {
	ctx := called(c)
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, newSpanContext())
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

func record(tracer trace.Tracer) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, span := tracer.Start(called(c), c.Request.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		describe(span, c)
	}
}

// called returns the context of a request, with its caller's trace.
func called(c *gin.Context) context.Context {
	return propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
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
