// Package problem defines the error type of the apps and its JSON, RFC 9457 application/problem+json. Handlers return
// errors; From maps them to a status, and Write sends them.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// ContentType is the media type of a problem, RFC 9457 section 3.
const ContentType = "application/problem+json"

// retryAfter is the header Retry-After of a 503 and of a 429, in seconds (RFC 9110 section 10.2.3). It is short, because a
// call of package peer lasts 3 s with all its tries, and the next try may reach another Pod.
const retryAfter = "1"

// StatusHungUp is the status if the caller hung up before the answer. It appears only in logs and metrics, where it is
// neither a success nor a fault of the service. HTTP has no such status; the number is nginx's.
const StatusHungUp = 499

// Error is an error for the caller of an API. Status is the HTTP status; Detail describes the problem and the remedy. Cause
// is logged and never sent.
type Error struct {
	Status int
	Detail string
	Fields []Field
	Cause  error
	header map[string]string
}

// Field is one invalid value of a request. Name is a member of the body, a parameter, or a header.
type Field struct {
	Name   string `json:"name" description:"A member of the body, a parameter or a header."`
	Detail string `json:"detail" description:"Why the value is invalid."`
}

// New returns an Error with a formatted detail.
func New(status int, format string, arguments ...any) *Error {
	return &Error{Status: status, Detail: fmt.Sprintf(format, arguments...)}
}

// Invalid returns the 422 for well-formed but invalid values.
func Invalid(fields ...Field) *Error {
	return &Error{
		Status: http.StatusUnprocessableEntity,
		Detail: "Some values are invalid. See errors.",
		Fields: fields,
	}
}

// Because sets the cause, which is logged and never sent.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// With adds a header that Write sends.
func (e *Error) With(name, value string) *Error {
	if e.header == nil {
		e.header = map[string]string{}
	}
	e.header[name] = value
	return e
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%d %s: %s: %v", e.Status, http.StatusText(e.Status), e.Detail, e.Cause)
	}
	return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), e.Detail)
}

func (e *Error) Unwrap() error { return e.Cause }

// From returns the Error for any error. Network errors and deadlines become a 503, because a retry may succeed; any other
// unexpected error becomes a 500 without details.
func From(err error) *Error {
	var known *Error
	var network net.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return New(StatusHungUp, "The caller hung up.").Because(err)
	case errors.As(err, &network): // context.DeadlineExceeded is a net.Error too
		return New(http.StatusServiceUnavailable, "The database did not answer in time. Try again later.").Because(err)
	default:
		return New(http.StatusInternalServerError, "Something went wrong on our side. It has been logged.").Because(err)
	}
}

// Document is the JSON of a problem. Its type is always about:blank, because the status alone identifies the problem.
type Document struct {
	Type     string  `json:"type" description:"Always about:blank."`
	Title    string  `json:"title" description:"The name of the status."`
	Status   int     `json:"status" description:"The status of the answer."`
	Detail   string  `json:"detail" description:"The cause of the error, and the remedy."`
	Instance string  `json:"instance" description:"The path of the request."`
	Errors   []Field `json:"errors,omitempty" description:"The invalid values."`
}

// RetryAfter documents the header of a 503 and of a 429.
type RetryAfter struct {
	RetryAfter int `header:"Retry-After" required:"true" description:"The number of seconds to wait before the next try."`
}

// Write sends err as a problem. It logs the cause of a 5xx, without the path, which may hold personal data. A Retry-After
// that is already set stays.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	problem := From(err)
	if problem.Status >= http.StatusInternalServerError && problem.Cause != nil {
		slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "error", err)
	}
	for name, value := range problem.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", ContentType)
	later := problem.Status == http.StatusServiceUnavailable || problem.Status == http.StatusTooManyRequests
	if later && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(problem.Status)
	// An error means that the caller hung up.
	_ = json.NewEncoder(w).Encode(Document{
		Type:     "about:blank",
		Title:    http.StatusText(problem.Status),
		Status:   problem.Status,
		Detail:   problem.Detail,
		Instance: r.URL.EscapedPath(),
		Errors:   problem.Fields,
	})
}
