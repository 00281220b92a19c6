// Package apitest tests an API over real HTTP. It compares answers by value, and it validates every exchange against the
// API's /openapi.json, if it has one. Start at Serve and API.Do.
package apitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// API is an API on a loopback address.
type API struct {
	// URL is its base URL.
	URL string
	// Stop closes the listener, so that connections are refused, as by an unavailable peer.
	Stop func()
}

// Serve serves handler until the test ends.
func Serve(t *testing.T, handler http.Handler) API {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	Conform(server.Listener.Addr().String(), handler)
	return API{URL: server.URL, Stop: server.Close}
}

// Answer is the answer of an API. Body is the decoded JSON; nil if there is none.
type Answer struct {
	Status int
	Header http.Header
	Body   any
	Text   string
}

// Do sends a request. If body is not empty, it is sent as application/json. The headers are names and values, in turn.
func (a API) Do(t *testing.T, method, target, body string, headers ...string) Answer {
	t.Helper()
	return must(t)(a.Try(t, method, target, body, headers...))
}

// Send sends a request that Do cannot make.
func Send(t *testing.T, request *http.Request) Answer {
	t.Helper()
	return must(t)(TrySend(t, request))
}

// Try is Do for goroutines other than the test's own, which must not end the test.
func (a API) Try(t *testing.T, method, target, body string, headers ...string) (Answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, a.URL+target, strings.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("create the request: %w", err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	return TrySend(t, request)
}

// TrySend is Send for goroutines other than the test's own.
func TrySend(t *testing.T, request *http.Request) (Answer, error) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("send the request: %w", err)
	}
	answer, err := answerOf(response, request)
	if err != nil {
		return Answer{}, err
	}
	return answer, conform(t, request, answer)
}

func must(t *testing.T) func(Answer, error) Answer {
	return func(answer Answer, err error) Answer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

func answerOf(response *http.Response, request *http.Request) (Answer, error) {
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer to %s %s: %w", request.Method, request.URL, err)
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header, Text: string(text)}
	if strings.Contains(response.Header.Get("Content-Type"), "json") && request.Method != http.MethodHead {
		if err := json.Unmarshal(text, &answer.Body); err != nil {
			return Answer{}, fmt.Errorf("%s %s returned invalid JSON: %w: %s", request.Method, request.URL, err, text)
		}
	}
	return answer, nil
}
