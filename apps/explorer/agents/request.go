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

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// maxResponse is several times the longest measurement: a name that was tried with the whole search list.
	maxResponse = 64 << 10
	// maxAttempts bounds the requests to a Pod that is too busy to measure. A busy Pod measured nothing, so a retry does
	// not measure twice.
	maxAttempts = 3
)

// requestError holds why a Pod did not measure, in a sentence for a person.
type requestError struct {
	sentence string
	cause    error
}

func (u *requestError) Error() string { return u.sentence }

func (u *requestError) Unwrap() error { return u.cause }

// newRequestError returns a requestError, or the error of ctx if the caller has canceled it.
func newRequestError(ctx context.Context, sentence string, cause error) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return fmt.Errorf("request a measurement: %w", err)
	}
	return &requestError{sentence, cause}
}

func (a *Agents) sendToProbe(ctx context.Context, query query, into any) error {
	err := a.probe.Get(ctx, query.path+"?"+query.parameter+"={value}", into, query.value)
	if err != nil {
		return newRequestError(ctx, "The explorer's own Pod did not measure: "+problem.From(err).Detail, err)
	}
	return nil
}

// busy is the response of a Pod that is too busy. The request can be repeated after the given time.
type busy struct{ after time.Duration }

func (b busy) Error() string { return "the Pod is too busy to measure" }

func (a *Agents) sendToPod(ctx context.Context, pod network.Pod, query query, into any) error {
	for try := 1; ; try++ {
		var later busy
		err := a.tryPod(ctx, pod, query, into)
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &later):
			return err
		case try == maxAttempts:
			return newRequestError(ctx,
				fmt.Sprintf("The Pod %s limits how often it measures. Try again in a few seconds.", pod.Name), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(later.after):
		}
	}
}

func (a *Agents) tryPod(ctx context.Context, pod network.Pod, query query, into any) error {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	values := url.Values{query.parameter: {query.value}}
	address := "http://" + net.JoinHostPort(pod.IP, a.port) + query.path + "?" + values.Encode()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("create a request to the Pod %s: %w", pod.Name, err)
	}
	response, err := a.http.Do(request)
	if err != nil {
		why := failure.Of(err)
		return newRequestError(ctx, fmt.Sprintf("The explorer cannot reach the Pod %s at port %s (%s): %s", pod.Name, a.port,
			why.Code, why.Detail), err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err != nil {
		return newRequestError(ctx, fmt.Sprintf("The Pod %s broke off its answer. Try again.", pod.Name), err)
	}
	return read(ctx, pod, response, body, into)
}

// read decodes a response.
func read(ctx context.Context, pod network.Pod, response *http.Response, body []byte, into any) error {
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Detail string          `json:"detail"`
	}
	err := json.Unmarshal(body, &answer)
	if err == nil && response.StatusCode == http.StatusOK {
		err = json.Unmarshal(answer.Data, into) // fails for missing data, too
	}
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		return busy{retryAfter(response.Header)}
	case response.StatusCode == http.StatusOK && err == nil && string(answer.Data) != "null":
		return nil
	case err == nil && answer.Detail != "":
		return newRequestError(ctx, fmt.Sprintf("The Pod %s did not measure: %s", pod.Name, answer.Detail), err)
	default:
		return newRequestError(ctx, fmt.Sprintf("The Pod %s sent an unexpected response (%s). Are all apps of the same "+
			"version? Deploy them again with pulumi up.", pod.Name, response.Status), err)
	}
}

// retryAfter returns one or two seconds. It caps a longer Retry-After, because a Pod's limit is per second.
func retryAfter(header http.Header) time.Duration {
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds > 1 {
		return 2 * time.Second
	}
	return time.Second
}
