//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// call sends a request and returns the field data of the response. It fails the test unless the status is want.
func call(t *testing.T, method, url string, body any, want int) map[string]any {
	t.Helper()
	status, content := send(t, method, url, body)
	if status != want {
		t.Fatalf("%s %s answers %d, want %d:\n%s", method, url, status, want, content)
	}
	var answer struct {
		Data map[string]any `json:"data"`
	}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &answer); err != nil {
			t.Fatalf("%s %s: %v in\n%s", method, url, err, content)
		}
	}
	return answer.Data
}

// await repeats a request until the status is want. It fails the test after half a minute. It repeats failed
// connections, too, because kube-proxy sees a ready Pod a moment after kubectl.
func await(t *testing.T, method, url string, want int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, content, err := try(t, method, url, nil)
		if err == nil && status == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s %s still answers %d, want %d: %v\n%s", method, url, status, want, err, content)
		}
	}
}

// send sends a request and returns its status and body. It fails the test if there is no complete response.
func send(t *testing.T, method, url string, body any) (int, []byte) {
	t.Helper()
	status, content, err := try(t, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, content
}

// try is like send, but returns an error if there is no complete response.
func try(t *testing.T, method, url string, body any) (status int, content []byte, err error) {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, &sent)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	content, err = io.ReadAll(response.Body)
	return response.StatusCode, content, err
}
