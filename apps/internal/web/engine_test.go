package web_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/web"
)

type note struct {
	Text string `json:"text" binding:"required,text,max=10"`
	Mood string `json:"mood,omitempty" binding:"omitempty,text"`
}

// read is a handler of GET /notes.
type read = func(context.Context, web.None) (note, error)

func serve(t *testing.T, handler read) apitest.API {
	t.Helper()
	return apitest.Serve(t, newNotes(t, handler))
}

// newNotes returns an API whose POST /notes returns the note that it gets, and whose GET /notes is handler.
func newNotes(t testing.TB, handler read) *web.API {
	t.Helper()
	api, err := web.New("notes", "What is worth knowing.")
	if err != nil {
		t.Fatal(err)
	}
	web.HandleBody(api, "POST /notes", func(_ context.Context, _ web.None, body note) (web.Created[note], error) {
		return web.Created[note]{Location: "/notes/1", Data: body}, nil
	}, web.Operation{ID: "createNote", Summary: "Create a note."})
	web.Handle(api, "GET /notes", handler, web.Operation{ID: "readNote", Summary: "Read a note."})
	return api
}

func TestAnUnknownPathOrMethodIsAProblem(t *testing.T) {
	api := serve(t, nil)
	api.Do(t, "GET", "/nowhere", "").WantProblem(t, 404, "/nowhere", "There is nothing at /nowhere.")
	api.Do(t, "POST", "/notes/", "").WantProblem(t, 404, "/notes/", "There is nothing at /notes/.")
	refused := api.Do(t, "DELETE", "/notes", "")
	refused.WantProblem(t, 405, "/notes", "/notes does not support DELETE. See the header Allow.")
	if got := refused.Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("got Allow: %s, want GET, HEAD, POST", got)
	}
}

func TestUnexpectedErrorsAreHiddenFromTheCaller(t *testing.T) {
	for name, handler := range map[string]read{
		"error": func(context.Context, web.None) (note, error) { return note{}, errors.New("secret") },
		"database": func(context.Context, web.None) (note, error) {
			return note{}, fmt.Errorf("list: %w", &pgconn.PgError{Message: "secret", Where: "SELECT"})
		},
		"panic": func(context.Context, web.None) (note, error) { panic("secret") },
		"nil":   func(context.Context, web.None) (note, error) { var none *note; return *none, nil },
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, handler).Do(t, "GET", "/notes", "").
				WantProblem(t, 500, "/notes", "Something went wrong on our side. It has been logged.")
		})
	}
}

func TestARequestHasADeadlineAndMissingItIsAProblem(t *testing.T) {
	var left time.Duration
	api := serve(t, func(ctx context.Context, _ web.None) (note, error) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return note{}, context.DeadlineExceeded
	})
	late := api.Do(t, "GET", "/notes", "")
	late.WantProblem(t, 503, "/notes", "The database did not answer in time. Try again later.")
	if got := late.Header.Get("Retry-After"); got != "1" {
		t.Errorf("got Retry-After: %s, want 1", got)
	}
	if left < 9*time.Second || left > 10*time.Second {
		t.Errorf("%s were left for the request, want 10s", left)
	}
}
