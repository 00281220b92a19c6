package apitest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Fuzzed is a handler under fuzzing.
type Fuzzed struct{ handler http.Handler }

// Fuzz disables logs until the test ends, because each random input would log a line.
func Fuzz(f *testing.F, handler http.Handler) Fuzzed {
	f.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	f.Cleanup(func() { slog.SetDefault(before) })
	return Fuzzed{handler}
}

// Do calls the handler without a network, so that any path and any query are possible. The body is application/json. A 5xx,
// or an error that is not a problem, fails the test.
func (f Fuzzed) Do(t *testing.T, method string, target url.URL, body string) Answer {
	t.Helper()
	request := httptest.NewRequest(method, "/", strings.NewReader(body)).WithContext(t.Context())
	request.URL = &target
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	f.handler.ServeHTTP(recorder, request)
	answer, err := answerOf(recorder.Result(), request)
	if err != nil {
		t.Fatal(err)
	}
	media := answer.Header.Get("Content-Type")
	if answer.Status >= 500 || (answer.Status >= 400) != (media == "application/problem+json") {
		t.Fatalf("%s %s with the body %q returns %d %s %s", method, target.String(), body, answer.Status, media, answer.Text)
	}
	return answer
}
