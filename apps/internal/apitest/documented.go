package apitest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// WantAllAnswersSeen checks that the test has seen every documented answer: each status of each method of each path. It
// skips 500 and 503, which need a fault and have separate tests.
func (a API) WantAllAnswersSeen(t *testing.T) {
	t.Helper()
	conformance := promised(t, a)
	for path, item := range conformance.document.Paths.PathItems.FromOldest() {
		for method, operation := range item.GetOperations().FromOldest() {
			for status := range operation.Responses.Codes.KeysFromOldest() {
				answer := answer{strings.ToUpper(method), path, status}
				if status != "500" && status != "503" && !conformance.seen[answer] {
					t.Errorf("no request got the documented answer: %s", answer)
				}
			}
		}
	}
}

// WantAllRefusals sends each documented operation requests that it must refuse: a malformed query, an unknown parameter,
// and, if it takes a body, one that is too long, of another type, or not JSON. It replaces path parameters by values.
func (a API) WantAllRefusals(t *testing.T, values map[string]string) {
	t.Helper()
	for path, item := range promised(t, a).document.Paths.PathItems.FromOldest() {
		for name, value := range values {
			path = strings.ReplaceAll(path, "{"+name+"}", value)
		}
		for method, operation := range item.GetOperations().FromOldest() {
			refuse := func(status int, query, media, body string) {
				request, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(method), a.URL+path+query, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", media)
				if got := Send(t, request); got.Status != status {
					t.Errorf("%s %s%s with a body of %d bytes of %s returns %d %s, want %d", method, path, query, len(body), media, got.Status, got.Text, status)
				}
			}
			refuse(http.StatusBadRequest, "?%zz", "application/json", "{}")
			refuse(http.StatusUnprocessableEntity, "?unknown=1", "application/json", "{}")
			if operation.RequestBody != nil {
				refuse(http.StatusBadRequest, "", "application/json", "{")
				refuse(http.StatusRequestEntityTooLarge, "", "application/json", strings.Repeat(" ", 1<<20))
				refuse(http.StatusUnsupportedMediaType, "", "text/plain", "{}")
			}
		}
	}
}

// WantAllMethodsDocumented checks that each documented path accepts exactly the documented methods, and HEAD if it accepts
// GET.
func (a API) WantAllMethodsDocumented(t *testing.T) {
	t.Helper()
	for path, item := range promised(t, a).document.Paths.PathItems.FromOldest() {
		want := []string{}
		for method := range item.GetOperations().KeysFromOldest() {
			want = append(want, strings.ToUpper(method))
		}
		if slices.Contains(want, http.MethodGet) {
			want = append(want, http.MethodHead)
		}
		slices.Sort(want)
		got := strings.Split(a.Do(t, "PATCH", path, "").Header.Get("Allow"), ", ")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s accepts %s, want %s", path, got, want)
		}
	}
}

// promised returns the document of an API. It is not a method, because users of API would then compile the types of the
// validator, which takes half a minute.
func promised(t *testing.T, a API) *conformance {
	t.Helper()
	at, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	conformance, err := conformanceOf(at.Host)
	if err != nil || conformance == nil {
		t.Fatalf("there is no document at %s/openapi.json: %v", a.URL, err)
	}
	return conformance
}
