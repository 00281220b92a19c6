package web_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
)

func TestTheDocumentHasTheValidationRules(t *testing.T) {
	document := serveSearch(t).Do(t, "GET", "/openapi.json", "")
	got := at(t, document.Body, "paths", "/search/{id}", "get", "parameters")
	want := `[
		{"name":"author","in":"query","required":true,"schema":{"type":"string","pattern":"^[A-Za-z0-9]{1,32}$"}},
		{"name":"since","in":"query","schema":{"type":"string","format":"date-time"}},
		{"name":"limit","in":"query","description":"The maximum length of the list.","schema":
			{"type":"integer","minimum":1,"maximum":500,"default":50,"description":"The maximum length of the list."}},
		{"name":"offset","in":"query","description":"The number of the newest resources to skip.","schema":
			{"type":"integer","minimum":0,"maximum":1000000,"default":0,"description":"The number of the newest resources to skip."}},
		{"name":"id","in":"path","required":true,"schema":{"type":"string","format":"uuid"}},
		{"name":"X-Key","in":"header","schema":{"type":"string","pattern":"^[!-~]{1,255}$"}}]`
	wantSame(t, got, want)
	wantSame(t, at(t, document.Body, "info"), `{"title":"search","version":"1.0.0","description":"Finds what was asked for. Paths that support GET also support HEAD. Errors are problem details (RFC 9457)."}`)

	notes := serve(t, nil).Do(t, "GET", "/openapi.json", "")
	wantSame(t, at(t, notes.Body, "components", "schemas", "Note"), `{"type":"object","additionalProperties":false,"required":["text"],"properties":{
		"text":{"type":"string","maxLength":10,"pattern":"^[^\\x00-\\x1f\\x7f-\\x9f]*\\S[^\\x00-\\x1f\\x7f-\\x9f]*$"},
		"mood":{"type":"string","pattern":"^[^\\x00-\\x1f\\x7f-\\x9f]*\\S[^\\x00-\\x1f\\x7f-\\x9f]*$"}}}`)
}

func TestTheDocumentHasTheProblemsThatAllOperationsHave(t *testing.T) {
	notes := serve(t, nil).Do(t, "GET", "/openapi.json", "").Body
	wantKeys(t, at(t, notes, "paths", "/notes", "get", "responses"), "200", "400", "422", "500", "503")
	wantKeys(t, at(t, notes, "paths", "/notes", "post", "responses"), "201", "400", "413", "415", "422", "500", "503")
	wantKeys(t, at(t, notes, "paths", "/notes", "post", "responses", "503", "headers"), "Retry-After")
	wantKeys(t, at(t, notes, "paths", "/notes", "post", "responses", "503", "content"), "application/problem+json")
}

// at returns the member of a JSON value at a path of names.
func at(t *testing.T, value any, names ...string) any {
	t.Helper()
	for _, name := range names {
		object, _ := value.(map[string]any)
		inside, found := object[name]
		if !found {
			t.Fatalf("there is no %s of %q", name, names)
		}
		value = inside
	}
	return value
}

func wantSame(t *testing.T, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("got  %v\nwant %v", got, wanted)
	}
}

func wantKeys(t *testing.T, value any, want ...string) {
	t.Helper()
	object, _ := value.(map[string]any)
	if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
