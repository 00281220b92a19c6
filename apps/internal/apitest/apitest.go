// Package apitest asks an API over real HTTP and compares its answers by value. Where the API describes itself in
// /openapi.json, every exchange is also checked against that.
package apitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// API is an API that listens on the loopback address.
type API struct {
	// URL is where it listens.
	URL string
	// Stop makes it go away, as a peer does: connections are refused from then on.
	Stop func()
}

// Serve makes handler answer until the test ends.
func Serve(t *testing.T, handler http.Handler) API {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	Conform(server.Listener.Addr().String(), handler)
	return API{URL: server.URL, Stop: server.Close}
}

// Answer is an API's answer. Body is decoded JSON, nil if there is none.
type Answer struct {
	Status int
	Header http.Header
	Body   any
	Text   string
}

// Do sends a request. A body makes it application/json.
func (a API) Do(t *testing.T, method, target, body string) Answer {
	t.Helper()
	return must(t)(a.Try(t, method, target, body))
}

// Send sends a request that Do cannot make.
func Send(t *testing.T, request *http.Request) Answer {
	t.Helper()
	return must(t)(TrySend(t, request))
}

// Try is Do for a goroutine that is not the test's own: only that one may end the test.
func (a API) Try(t *testing.T, method, target, body string) (Answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, a.URL+target, strings.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("make a request: %w", err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return TrySend(t, request)
}

// TrySend is Send for a goroutine that is not the test's own.
func TrySend(t *testing.T, request *http.Request) (Answer, error) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("ask: %w", err)
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
			return Answer{}, fmt.Errorf("%s %s answered what is not JSON: %w: %s", request.Method, request.URL, err, text)
		}
	}
	return answer, nil
}
