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

	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// maxAnswer is far above the longest answer that a service gives.
const maxAnswer = 1 << 20

// step is one request of a purchase.
type step struct {
	// what the step does, as it follows "cannot".
	what          string
	peer          peer
	method, route string
	// values are UUIDs: each takes the place of a {name} in route.
	values []string
	body   map[string]string
	key    string
}

// target is the path that is asked for.
func (s step) target() string {
	target := s.route
	for _, value := range s.values {
		before, rest, _ := strings.Cut(target, "{")
		_, after, _ := strings.Cut(rest, "}")
		target = before + value + after
	}
	return target
}

// StepError says which step of a purchase failed, and why.
type StepError struct {
	// Step is what could not be done, such as "create the order", and Request is its method and route.
	Step, Request string
	// Peer is the name of the service that was asked.
	Peer string
	// Status is that of the answer; 0 if none came.
	Status int
	// Code is why no answer came; empty if one did, unless it says that the server failed.
	Code failure.Code
	// Detail is a sentence: the answer's own, if it is a problem of RFC 9457.
	Detail string
}

func (e *StepError) Error() string {
	asked := fmt.Sprintf("cannot %s: %s to %s", e.Step, e.Request, e.Peer)
	switch {
	case e.Status >= http.StatusMultipleChoices:
		return fmt.Sprintf("%s: %d %s: %s", asked, e.Status, http.StatusText(e.Status), e.Detail)
	case e.Code != "":
		return fmt.Sprintf("%s: %s: %s", asked, e.Code, e.Detail)
	default:
		return asked + ": " + e.Detail
	}
}

// do sends a request in a span of its own, and stores the answer's data in into, unless that is nil.
func (s *Shopper) do(ctx context.Context, step step, into any) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	request := step.method + " " + step.route
	ctx, span := s.tracer.Start(ctx, request, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.HTTPRequestMethodKey.String(step.method), semconv.URLTemplate(step.route), semconv.ServerAddress(step.peer.name),
	))
	defer span.End()
	status, err := s.ask(ctx, step, into)
	if status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if err == nil {
		return nil
	}
	span.SetStatus(codes.Error, "")
	failed := &StepError{Step: step.what, Request: request, Peer: step.peer.name, Status: status}
	var said *problem.Error
	if errors.As(err, &said) {
		failed.Detail = said.Detail
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

// ask returns the status of the answer, 0 if there is none. Its error is a *problem.Error if the answer says why the step
// failed.
func (s *Shopper) ask(ctx context.Context, step step, into any) (status int, err error) {
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
	response, err := s.http.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // the URL is said already
		}
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return response.StatusCode, fmt.Errorf("read the answer: %w", err)
	}
	return response.StatusCode, judge(response, text, into)
}

// judge stores the data of an answer, or returns the problem that it is.
func judge(response *http.Response, text []byte, into any) error {
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusMultipleChoices {
		return problemOf(response, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, &struct{ Data any }{into}); err != nil {
		return problem.New(response.StatusCode, "The answer is not understood: %v.", err)
	}
	return nil
}

// problemOf returns what an answer says that is no success.
func problemOf(response *http.Response, text []byte) error {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	var document problem.Document
	if media != problem.ContentType || json.Unmarshal(text, &document) != nil {
		return problem.New(response.StatusCode, "Who answered is not one of the demo's services, or did not say why.")
	}
	detail := document.Detail
	for _, field := range document.Errors {
		detail += " " + field.Name + ": " + field.Detail
	}
	return problem.New(response.StatusCode, "%s", detail)
}
