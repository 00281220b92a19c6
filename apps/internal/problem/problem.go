// Package problem is the one error type of the apps, and its form on the wire: RFC 9457 application/problem+json.
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

// retryAfter is how many seconds a caller should wait before it tries again what a 503 or a 429 refused (RFC 9110 section
// 10.2.3). It is short, because a peer's call lasts three seconds with all its tries, and the next one may come to
// another Pod, which has what this one lacks.
const retryAfter = "1"

// StatusHungUp is for a caller that hung up before it had its answer. Nobody reads it: it is for logs and metrics, where
// it is neither a success nor a fault of ours. The number is that of nginx, HTTP has none.
const StatusHungUp = 499

// Error is an error that the caller of an API may see. Status decides what kind of error it is; Detail says what is
// wrong and what to do. Cause is logged and never sent.
type Error struct {
	Status int
	Detail string
	Fields []Field
	Cause  error
	header map[string]string
}

// Field is one value of a request that is not acceptable. Name is a member of the body, a query parameter or a part of
// the path.
type Field struct {
	Name   string `json:"name" description:"A member of the body, a parameter or a header."`
	Detail string `json:"detail" description:"What it has to be."`
}

// New returns an Error with a formatted detail.
func New(status int, format string, arguments ...any) *Error {
	return &Error{Status: status, Detail: fmt.Sprintf(format, arguments...)}
}

// Invalid returns the 422 for values that are well formed and not acceptable.
func Invalid(fields ...Field) *Error {
	return &Error{
		Status: http.StatusUnprocessableEntity,
		Detail: "Some values are not acceptable, see errors.",
		Fields: fields,
	}
}

// Because adds the cause, which is logged and never sent.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// With adds a header to the answer.
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

// From turns any error into an Error. What nobody foresaw becomes a 500 without details, except that an unreachable
// database or peer, and a deadline, are a 503: the caller may try again.
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

// Document is the JSON of a problem. Its type is always about:blank: the title says no more than the status.
type Document struct {
	Type     string  `json:"type" description:"Always about:blank."`
	Title    string  `json:"title" description:"What the status means."`
	Status   int     `json:"status" description:"The status of the answer."`
	Detail   string  `json:"detail" description:"What is wrong, and what to do."`
	Instance string  `json:"instance" description:"The path of the request."`
	Errors   []Field `json:"errors,omitempty" description:"The values that are not acceptable, one entry each."`
}

// RetryAfter is the header of a 503 and of a 429.
type RetryAfter struct {
	RetryAfter int `header:"Retry-After" required:"true" description:"How many seconds to wait before the same request may be sent again."`
}

// Write answers a request with the problem that err is, and logs the cause when the fault is on our side. The path is
// not logged: it may hold personal data. Who knows better how long to wait has set Retry-After before.
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
	// The status is on its way: if the caller hangs up now there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(Document{
		Type:     "about:blank",
		Title:    http.StatusText(problem.Status),
		Status:   problem.Status,
		Detail:   problem.Detail,
		Instance: r.URL.EscapedPath(),
		Errors:   problem.Fields,
	})
}
