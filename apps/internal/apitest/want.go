package apitest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Want checks the status and the whole JSON body; an empty body means that there must be none. In body, "<time>" matches any
// time in UTC, and "<uuid>" any UUID.
func (a Answer) Want(t *testing.T, status int, body string) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("got status %d, want %d: %s", a.Status, status, a.Text)
	}
	var want any
	if body != "" {
		if err := json.Unmarshal([]byte(body), &want); err != nil {
			t.Fatalf("the wanted body is not JSON: %v: %s", err, body)
		}
	}
	if !matches(a.Body, want) || (body == "" && a.Text != "") {
		t.Errorf("got  %s\nwant %s", a.Text, body)
	}
	return a
}

// WantProblem checks that the answer is exactly this problem.
func (a Answer) WantProblem(t *testing.T, status int, path, detail string, fields ...problem.Field) {
	t.Helper()
	want := map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail, "instance": path,
	}
	if fields != nil {
		want["errors"] = fields
	}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	a.Want(t, status, string(body))
	if got := a.Header.Get("Content-Type"); got != problem.ContentType {
		t.Errorf("got the content type %s, want %s", got, problem.ContentType)
	}
}

// Data returns a member of the answer's data, which must be a string.
func (a Answer) Data(t *testing.T, member string) string {
	t.Helper()
	body, _ := a.Body.(map[string]any)
	data, _ := body["data"].(map[string]any)
	text, ok := data[member].(string)
	if !ok {
		t.Fatalf("data.%s is not a string in %s", member, a.Text)
	}
	return text
}

func matches(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		return ok && maps.EqualFunc(got, want, matches)
	case []any:
		got, ok := got.([]any)
		return ok && slices.EqualFunc(got, want, matches)
	case string:
		text, ok := got.(string)
		return ok && matchesText(text, want)
	default:
		return got == want
	}
}

func matchesText(got, want string) bool {
	switch want {
	case "<time>":
		at, err := time.Parse(time.RFC3339Nano, got)
		return err == nil && at.Location() == time.UTC
	case "<uuid>":
		return uuid.Validate(got) == nil
	default:
		return got == want
	}
}
