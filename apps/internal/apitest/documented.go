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
	conformance := a.conformance(t)
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

// WantAllMethodsDocumented checks that the paths of the document take the methods that they are documented with, and
// HEAD where they take GET, and no others.
func (a API) WantAllMethodsDocumented(t *testing.T) {
	t.Helper()
	for path, item := range a.conformance(t).document.Paths.PathItems.FromOldest() {
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

func (a API) conformance(t *testing.T) *conformance {
	t.Helper()
	at, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	conformance := conformanceOf(t, at.Host)
	if conformance == nil {
		t.Fatalf("there is no document at %s/openapi.json", a.URL)
	}
	return conformance
}
