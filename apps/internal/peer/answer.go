package peer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// answer is the answer of a peer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// read stores the data of an answer in into, unless that is nil. It returns the error for the caller of this service.
func (c *Client) read(call call, answer answer, into any) error {
	if answer.status >= http.StatusOK && answer.status < http.StatusMultipleChoices {
		if err := answer.data(into); err != nil {
			return final(problem.New(http.StatusBadGateway, "%s sent an invalid answer. It has been logged.", c.name).
				Because(fmt.Errorf("%s: %w", call, err)))
		}
		return nil
	}
	detail := answer.problem()
	if answer.status == http.StatusNotFound && detail != "" {
		return final(problem.New(http.StatusNotFound, "%s", detail))
	}
	status := fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status))
	cause := fmt.Errorf("%s: %s: %s", call, status, call.redact(detail))
	if answer.status >= http.StatusInternalServerError || answer.status == http.StatusTooManyRequests {
		busy := problem.New(http.StatusServiceUnavailable, "%s answered %s. Try again later.", c.name, status)
		return retry(busy.Because(cause), answer)
	}
	return final(problem.New(http.StatusBadGateway, "%s answered %s, which is unexpected. It has been logged.", c.name, status).
		Because(cause))
}

// retry returns the error that makes backoff retry, if the status allows it.
func retry(busy *problem.Error, answer answer) error {
	if !mayRetry(answer.status) {
		return final(busy)
	}
	if pause, found := retryAfter(answer.header, time.Now()); found {
		return errors.Join(busy, &backoff.RetryAfterError{Duration: pause + jitter()})
	}
	return busy
}

// data decodes the member data of the body, which every answer to a GET has.
func (a answer) data(into any) error {
	if into == nil {
		return nil
	}
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(a.body, &envelope); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(envelope.Data) == 0 || bytes.Equal(envelope.Data, []byte("null")) {
		return errors.New("the answer has no data")
	}
	if err := json.Unmarshal(envelope.Data, into); err != nil {
		return fmt.Errorf("read the answer's data: %w", err)
	}
	return nil
}

// problem returns the detail of an application/problem+json. It is empty for any other answer, which does not come from one
// of the services: its 404 does not mean that the resource does not exist.
func (a answer) problem() string {
	if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); media != problem.ContentType {
		return ""
	}
	var document struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(a.body, &document); err != nil {
		return ""
	}
	return document.Detail
}

// redact removes the values of the call from a peer's text, for the log.
func (c call) redact(text string) string {
	for _, value := range c.values {
		if value != "" {
			text = strings.ReplaceAll(text, value, "…")
		}
	}
	return text
}
