package peer_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// FuzzAnswer checks that any answer of a peer becomes a value or one of the three errors, and never a panic.
func FuzzAnswer(f *testing.F) {
	const found = `{"data":{"code":"0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42","name":"Lamp","createdAt":"2026-01-02T03:04:05.678901Z"}}`
	f.Add(200, "application/json", "", []byte(found))
	f.Add(200, "application/json", "", []byte(`{"data":null}`))
	f.Add(200, "application/json", "", []byte(`{"data":{"code":"x"}} {}`))
	f.Add(204, "", "", []byte(nil))
	f.Add(301, "text/html", "", []byte("<html>"))
	f.Add(404, problem.ContentType, "", []byte(`{"type":"about:blank","status":404,"detail":"There is none."}`))
	f.Add(404, "a/b; c=\x00", "", []byte("404 page not found"))
	f.Add(422, problem.ContentType, "", []byte(`{"detail":"ADA","errors":[{"name":"a","detail":"b"}]}`))
	f.Add(429, "", "120", []byte(nil))
	f.Add(503, problem.ContentType, "99999999999999999999", []byte(`{"detail":1}`))
	f.Add(503, problem.ContentType, "Mon, 02 Jan 2006 15:04:05 GMT", []byte(`[]`))
	f.Fuzz(func(t *testing.T, status int, contentType, retryAfter string, body []byte) {
		if status < 200 || status > 599 {
			t.Skip() // net/http does not read other answers to their end
		}
		header := http.Header{"Content-Type": {contentType}, "Retry-After": {retryAfter}}
		var into struct {
			Code      uuid.UUID
			Name      string
			CreatedAt time.Time
		}
		err := peer.Judge(status, header, body, &into)
		if err == nil {
			if status >= 300 {
				t.Errorf("%d is a success", status)
			}
			return
		}
		var known *problem.Error
		if !errors.As(err, &known) || known.Status != 404 && known.Status != 502 && known.Status != 503 {
			t.Errorf("got %v, want a 404, a 502 or a 503", err)
		}
	})
}
