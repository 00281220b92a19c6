package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// maxAnswer is several times the longest measurement: one of a name that took all of the search list.
	maxAnswer = 64 << 10
	// maxTries is how often a Pod is asked that is too busy to measure. Asking it again measures nothing twice.
	maxTries = 3
)

// unasked is why a Pod could not be asked, in a sentence for a person.
type unasked struct {
	sentence string
	cause    error
}

func (u *unasked) Error() string { return u.sentence }

func (u *unasked) Unwrap() error { return u.cause }

// explain returns the sentence, unless nobody waits for it any more.
func explain(ctx context.Context, sentence string, cause error) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return fmt.Errorf("ask for a measurement: %w", err)
	}
	return &unasked{sentence, cause}
}

func (a *Agents) askProbe(ctx context.Context, question question, into any) error {
	err := a.probe.Get(ctx, question.path+"?"+question.parameter+"={value}", into, question.value)
	if err != nil {
		return explain(ctx, "The explorer's own Pod did not measure: "+problem.From(err).Detail, err)
	}
	return nil
}

// busy is the answer of a Pod that wants to be asked later.
type busy struct{ after time.Duration }

func (b busy) Error() string { return "the Pod is too busy to measure" }

func (a *Agents) askPod(ctx context.Context, pod network.Pod, question question, into any) error {
	for try := 1; ; try++ {
		var later busy
		err := a.tryPod(ctx, pod, question, into)
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &later):
			return err
		case try == maxTries:
			return explain(ctx, fmt.Sprintf("The Pod %s limits how often it measures. Try again in a few seconds.", pod.Name), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(later.after):
		}
	}
}

func (a *Agents) tryPod(ctx context.Context, pod network.Pod, question question, into any) error {
	limited, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	query := url.Values{question.parameter: {question.value}}
	address := "http://" + net.JoinHostPort(pod.IP, a.port) + question.path + "?" + query.Encode()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("make a request to the Pod %s: %w", pod.Name, err)
	}
	response, err := a.http.Do(request)
	if err != nil {
		why := failure.Of(err)
		return explain(ctx, fmt.Sprintf("The explorer cannot reach the Pod %s at port %s (%s): %s", pod.Name, a.port, why.Code, why.Detail), err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return explain(ctx, fmt.Sprintf("The Pod %s broke off its answer. Try again.", pod.Name), err)
	}
	return read(ctx, pod, response, body, into)
}

// read understands an answer.
func read(ctx context.Context, pod network.Pod, response *http.Response, body []byte, into any) error {
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Detail string          `json:"detail"`
	}
	err := json.Unmarshal(body, &answer)
	if err == nil && response.StatusCode == http.StatusOK {
		err = json.Unmarshal(answer.Data, into) // an error as well if there is none
	}
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		return busy{retryAfter(response.Header)}
	case response.StatusCode == http.StatusOK && err == nil && string(answer.Data) != "null":
		return nil
	case err == nil && answer.Detail != "":
		return explain(ctx, fmt.Sprintf("The Pod %s did not measure: %s", pod.Name, answer.Detail), err)
	default:
		return explain(ctx, fmt.Sprintf("The Pod %s gave an answer that is not understood (%s): are all apps of the same version? "+
			"Deploy them again with pulumi up.", pod.Name, response.Status), err)
	}
}

// retryAfter is a second or two, whatever the Pod asks for: its limit is one for each second.
func retryAfter(header http.Header) time.Duration {
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds > 1 {
		return 2 * time.Second
	}
	return time.Second
}
