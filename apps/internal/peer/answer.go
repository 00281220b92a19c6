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

// answer is what a peer said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// judge stores the data of an answer in into, unless that is nil, or returns what went wrong for our own caller.
func (c *Client) judge(call call, answer answer, into any) error {
	if answer.status >= http.StatusOK && answer.status < http.StatusMultipleChoices {
		if err := answer.data(into); err != nil {
			return final(problem.New(http.StatusBadGateway, "%s gave an answer that is not understood. It has been logged.", c.name).
				Because(fmt.Errorf("%s: %w", call, err)))
		}
		return nil
	}
	said := answer.problem()
	if answer.status == http.StatusNotFound && said != "" {
		return final(problem.New(http.StatusNotFound, "%s", said))
	}
	status := fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status))
	cause := fmt.Errorf("%s: %s: %s", call, status, call.redact(said))
	if answer.status >= http.StatusInternalServerError || answer.status == http.StatusTooManyRequests {
		busy := problem.New(http.StatusServiceUnavailable, "%s answered %s. Try again later.", c.name, status)
		return again(busy.Because(cause), answer)
	}
	return final(problem.New(http.StatusBadGateway, "%s answered %s, which is not understood. It has been logged.", c.name, status).
		Because(cause))
}

// again says in backoff's terms when to ask again, if at all.
func again(busy *problem.Error, answer answer) error {
	if !mayRetry(answer.status) {
		return final(busy)
	}
	if pause, found := retryAfter(answer.header, time.Now()); found {
		return errors.Join(busy, &backoff.RetryAfterError{Duration: pause + jitter()})
	}
	return busy
}

// data reads the member data of the body, which every answer to a GET has.
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

// problem returns the detail of an application/problem+json, empty if the answer is none: then who answered is not one
// of our services, and its 404 does not mean that there is no such client.
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

// redact takes the values that were sent from what a peer said, for the log.
func (c call) redact(text string) string {
	for _, value := range c.values {
		if value != "" {
			text = strings.ReplaceAll(text, value, "…")
		}
	}
	return text
}
