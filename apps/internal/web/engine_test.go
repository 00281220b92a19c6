package web_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/web"
)

type note struct {
	Text string `json:"text" binding:"required,text,max=10"`
	Mood string `json:"mood,omitempty" binding:"omitempty,text"`
}

func serve(t *testing.T, handler web.Handler) apitest.API {
	t.Helper()
	return apitest.Serve(t, newNotes(t, handler))
}

// newNotes answers POST /notes with the note, and GET /notes as handler does.
func newNotes(t testing.TB, handler web.Handler) *web.API {
	t.Helper()
	api, err := web.New("notes", "What is worth knowing.")
	if err != nil {
		t.Fatal(err)
	}
	api.POST("/notes", func(c *gin.Context) error {
		web.Created(c, "/notes/1", web.Body[note](c))
		return nil
	}, web.Operation{
		ID: "createNote", Summary: "Create a note.", Body: note{},
		Status: 201, Answer: note{}, Headers: web.Location{},
	})
	api.GET("/notes", handler, web.Operation{ID: "readNote", Summary: "Read a note.", Status: 200, Answer: note{}})
	return api
}

func TestWhatIsNotThereIsAProblem(t *testing.T) {
	api := serve(t, nil)
	api.Do(t, "GET", "/nowhere", "").WantProblem(t, 404, "/nowhere", "There is nothing at /nowhere.")
	api.Do(t, "POST", "/notes/", "").WantProblem(t, 404, "/notes/", "There is nothing at /notes/.")
	refused := api.Do(t, "DELETE", "/notes", "")
	refused.WantProblem(t, 405, "/notes", "/notes does not take DELETE, see the header Allow.")
	if got := refused.Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("got Allow: %s, want GET, HEAD, POST", got)
	}
}

func TestWhatNobodyForesawIsNotToldToTheCaller(t *testing.T) {
	for name, handler := range map[string]web.Handler{
		"error": func(*gin.Context) error { return errors.New("secret") },
		"database": func(*gin.Context) error {
			return fmt.Errorf("list: %w", &pgconn.PgError{Message: "secret", Where: "SELECT"})
		},
		"panic": func(*gin.Context) error { panic("secret") },
		"nil":   func(c *gin.Context) error { var none *note; web.OK(c, none.Text); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, handler).Do(t, "GET", "/notes", "").
				WantProblem(t, 500, "/notes", "Something went wrong on our side. It has been logged.")
		})
	}
}

func TestARequestHasADeadlineAndMissingItIsAProblem(t *testing.T) {
	var left time.Duration
	api := serve(t, func(c *gin.Context) error {
		deadline, _ := c.Request.Context().Deadline()
		left = time.Until(deadline)
		return context.DeadlineExceeded
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
