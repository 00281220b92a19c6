package apitest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// WantAllAnswersSeen checks that the API gave every answer that it documents: each status of each method of each path.
// Only 500 and 503 may be left out, because they need a fault and have tests of their own.
func (a API) WantAllAnswersSeen(t *testing.T) {
	t.Helper()
	conformance := promised(t, a)
	for path, item := range conformance.document.Paths.PathItems.FromOldest() {
		for method, operation := range item.GetOperations().FromOldest() {
			for status := range operation.Responses.Codes.KeysFromOldest() {
				answer := answer{strings.ToUpper(method), path, status}
				if status != "500" && status != "503" && !conformance.seen[answer] {
					t.Errorf("no request was answered as documented: %s", answer)
				}
			}
		}
	}
}

// WantAllRefusals sends each documented operation what none accepts: a query that cannot be read, a parameter that it
// does not have, and where it takes a body, one that is too long, of another type, or not JSON. The values stand in for
// the parameters of paths.
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
					t.Errorf("%s %s%s with a body of %d bytes of %s answers %d %s, want %d", method, path, query, len(body), media, got.Status, got.Text, status)
				}
			}
			refuse(http.StatusBadRequest, "?%zz", "application/json", "{}")
			refuse(http.StatusUnprocessableEntity, "?nobodyKnowsThis=1", "application/json", "{}")
			if operation.RequestBody != nil {
				refuse(http.StatusBadRequest, "", "application/json", "{")
				refuse(http.StatusRequestEntityTooLarge, "", "application/json", strings.Repeat(" ", 1<<20))
				refuse(http.StatusUnsupportedMediaType, "", "text/plain", "{}")
			}
		}
	}
}

// WantAllMethodsDocumented checks that the paths of the document take the methods that they are documented with, and
// HEAD where they take GET, and no others.
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
			t.Errorf("%s takes %s, documented are %s", path, got, want)
		}
	}
}

// promised is a function, and not a method of API: whatever uses API would otherwise be compiled with all types of the
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
