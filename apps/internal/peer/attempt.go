package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/cenkalti/backoff/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// maxBody is far above the longest answer of a service, in bytes. Longer answers are cut off, which makes them invalid.
const maxBody = 1 << 20

// attempt sends the request of a call once, after tries earlier attempts. Do not retry the call if its error was
// returned by final.
func (c *Client) attempt(ctx context.Context, call call, into any, tries int) error {
	ctx, cancel := context.WithTimeout(ctx, c.try)
	defer cancel()
	ctx, span := c.span(ctx, call, tries)
	defer span.End()
	answer, err := c.send(ctx, call)
	if err != nil {
		span.SetAttributes(semconv.ErrorTypeKey.String(string(failure.Of(err).Code)))
		span.SetStatus(codes.Error, "")
		return c.unavailable(call, err)
	}
	span.SetAttributes(semconv.HTTPResponseStatusCode(answer.status))
	// By the OpenTelemetry convention, a 4xx is an error for the client, although not for the server.
	if answer.status >= http.StatusBadRequest {
		span.SetStatus(codes.Error, "")
	}
	return c.read(call, answer, into)
}

// span starts the span of one try.
func (c *Client) span(ctx context.Context, call call, tries int) (context.Context, trace.Span) {
	ctx, span := otel.Tracer("example.com/kubernetes-networking/apps/internal/peer").
		Start(ctx, call.method, trace.WithSpanKind(trace.SpanKindClient))
	if span.IsRecording() {
		span.SetName(call.String())
		span.SetAttributes(
			semconv.HTTPRequestMethodKey.String(call.method), semconv.URLTemplate(call.route), semconv.ServerAddress(c.name),
		)
		if tries > 0 {
			span.SetAttributes(semconv.HTTPRequestResendCount(tries))
		}
	}
	return ctx, span
}

// send sends the request and reads the whole answer, so that the connection can be reused. Its errors contain no URL.
func (c *Client) send(ctx context.Context, call call) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, call.method, c.base+call.target, http.NoBody)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// withoutURL removes the URL, which may hold a tax code, from an error of net/http.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// unavailable returns the 503 for a call without an answer.
func (c *Client) unavailable(call call, err error) error {
	why := failure.Of(err)
	detail := why.Detail
	switch why.Code {
	case failure.DNS:
		detail = "Its name could not be looked up."
	case failure.Other: // the text of the error may hold addresses
		detail = "The connection broke."
	}
	return problem.New(http.StatusServiceUnavailable, "%s cannot be reached (%s). %s Try again later.", c.name, why.Code, detail).
		Because(fmt.Errorf("%s: %w", call, err))
}

// final returns the error that stops backoff: a retry would return the same answer.
func final(known *problem.Error) error { return backoff.Permanent(known) }
