package traces

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// maxAnswer far exceeds the longest answer of a service.
const maxAnswer = 1 << 20

// step is one request of a purchase.
type step struct {
	// what describes the step so that it can follow "cannot".
	what          string
	peer          peer
	method, route string
	// values are UUIDs. Each replaces a {name} in route.
	values []string
	body   map[string]string
	key    string
}

// target returns the path of the request.
func (s step) target() string {
	target := s.route
	for _, value := range s.values {
		before, rest, _ := strings.Cut(target, "{")
		_, after, _ := strings.Cut(rest, "}")
		target = before + value + after
	}
	return target
}

// StepError is the failure of one step of a purchase.
type StepError struct {
	// Step describes the failed step, such as "create the order". Request is its method and route.
	Step, Request string
	// Peer is the name of the called service.
	Peer string
	// Status is the status of the answer; 0 if there was none.
	Status int
	// Code is why there was no answer, or failure.Server for an answer that reports a failed server; empty otherwise.
	Code failure.Code
	// Detail is a sentence: the answer's own, if it is a problem of RFC 9457.
	Detail string
}

func (e *StepError) Error() string {
	failed := fmt.Sprintf("cannot %s: %s to %s", e.Step, e.Request, e.Peer)
	switch {
	case e.Status >= http.StatusMultipleChoices:
		return fmt.Sprintf("%s: %d %s: %s", failed, e.Status, http.StatusText(e.Status), e.Detail)
	case e.Code != "":
		return fmt.Sprintf("%s: %s: %s", failed, e.Code, e.Detail)
	default:
		return failed + ": " + e.Detail
	}
}

// do sends a request in its own span, and stores the answer's data in into, unless into is nil.
func (b *Buyer) do(ctx context.Context, step step, into any) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	request := step.method + " " + step.route
	ctx, span := b.tracer.Start(ctx, request, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.HTTPRequestMethodKey.String(step.method), semconv.URLTemplate(step.route), semconv.ServerAddress(step.peer.name),
	))
	defer span.End()
	status, err := b.send(ctx, step, into)
	if status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if err == nil {
		return nil
	}
	span.SetStatus(codes.Error, "")
	failed := &StepError{Step: step.what, Request: request, Peer: step.peer.name, Status: status}
	var answered *problem.Error
	if errors.As(err, &answered) {
		failed.Detail = answered.Detail
	} else {
		why := failure.Of(err)
		failed.Code, failed.Detail = why.Code, why.Detail
	}
	if status >= http.StatusInternalServerError {
		failed.Code = failure.Server
	}
	if failed.Code != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(string(failed.Code)))
	}
	return failed
}

// send sends the request of a step, and returns the status of the answer; 0 if there is none. The error is a
// *problem.Error if the server answered.
func (b *Buyer) send(ctx context.Context, step step, into any) (status int, err error) {
	var body bytes.Buffer
	if step.body != nil {
		if err := json.NewEncoder(&body).Encode(step.body); err != nil {
			return 0, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, step.method, step.peer.base+step.target(), &body)
	if err != nil {
		return 0, err
	}
	if step.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if step.key != "" {
		request.Header.Set("Idempotency-Key", step.key)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := b.http.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // StepError contains the URL
		}
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return response.StatusCode, fmt.Errorf("read the answer: %w", err)
	}
	return response.StatusCode, decodeAnswer(response, text, into)
}

// decodeAnswer stores the data of a successful answer, and returns the problem of any other answer.
func decodeAnswer(response *http.Response, text []byte, into any) error {
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusMultipleChoices {
		return problemOf(response, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, &struct{ Data any }{into}); err != nil {
		return problem.New(response.StatusCode, "The answer is invalid: %v.", err)
	}
	return nil
}

// problemOf returns the problem of an unsuccessful answer.
func problemOf(response *http.Response, text []byte) error {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	var document problem.Document
	if media != problem.ContentType || json.Unmarshal(text, &document) != nil {
		return problem.New(response.StatusCode, "The answer has no explanation. It may not come from the demo's service.")
	}
	detail := document.Detail
	for _, field := range document.Errors {
		detail += " " + field.Name + ": " + field.Detail
	}
	return problem.New(response.StatusCode, "%s", detail)
}
