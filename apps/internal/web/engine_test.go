package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/web"
)

type note struct {
	Text string `json:"text" binding:"required,text,max=10"`
}

// serve answers POST /notes with the note, and everything else as handler does.
func serve(t *testing.T, handler web.Handler) apitest.API {
	t.Helper()
	engine, err := web.NewEngine()
	if err != nil {
		t.Fatal(err)
	}
	engine.POST("/notes", web.Handle(func(c *gin.Context) error {
		body, err := web.Body[note](c)
		if err != nil {
			return err
		}
		web.Created(c, "/notes/1", body)
		return nil
	}))
	engine.GET("/notes", web.Handle(handler))
	return apitest.Serve(t, engine)
}

func TestWhatIsNotThereIsAProblem(t *testing.T) {
	api := serve(t, nil)
	api.Do(t, "GET", "/nowhere", "").WantProblem(t, 404, "/nowhere", "There is nothing at /nowhere.")
	api.Do(t, "POST", "/notes/", "").WantProblem(t, 404, "/notes/", "There is nothing at /notes/.")
	refused := api.Do(t, "DELETE", "/notes", "")
	refused.WantProblem(t, 405, "/notes", "/notes does not take DELETE, see the header Allow.")
	if got := refused.Header.Get("Allow"); got != "POST, GET" {
		t.Errorf("got Allow: %s, want POST, GET", got)
	}
}

func TestABodyThatCannotBeReadIsAProblem(t *testing.T) {
	api := serve(t, nil)
	api.Do(t, "POST", "/notes", `{"text":"hello"}`).Want(t, 201, `{"data":{"text":"hello"}}`)
	api.Do(t, "POST", "/notes", `{"text":`).WantProblem(t, 400, "/notes", "The body is not JSON: unexpected EOF.")
	api.Do(t, "POST", "/notes", `{"text":"hello"} {}`).
		WantProblem(t, 400, "/notes", "The body has to be one JSON value and nothing after it.")
	api.Do(t, "POST", "/notes", `{"text":"`+strings.Repeat("a", 64<<10)+`"}`).
		WantProblem(t, 413, "/notes", "The body may have at most 65536 bytes.")

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/notes", strings.NewReader("text=hello"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	apitest.Send(t, request).WantProblem(t, 415, "/notes", "Send the body as application/json.")
}

func TestWhatNobodyForesawIsNotToldToTheCaller(t *testing.T) {
	const detail = "Something went wrong on our side. It has been logged."
	t.Run("error", func(t *testing.T) {
		api := serve(t, func(*gin.Context) error { return errors.New("secret") })
		api.Do(t, "GET", "/notes", "").WantProblem(t, 500, "/notes", detail)
	})
	t.Run("panic", func(t *testing.T) {
		api := serve(t, func(*gin.Context) error { panic("secret") })
		api.Do(t, "GET", "/notes", "").WantProblem(t, 500, "/notes", detail)
	})
}

func TestARequestHasADeadlineAndMissingItIsAProblem(t *testing.T) {
	var left time.Duration
	api := serve(t, func(c *gin.Context) error {
		deadline, _ := c.Request.Context().Deadline()
		left = time.Until(deadline)
		return context.DeadlineExceeded
	})
	api.Do(t, "GET", "/notes", "").WantProblem(t, 503, "/notes", "The database did not answer in time. Try again later.")
	if left < 9*time.Second || left > 10*time.Second {
		t.Errorf("%s were left for the request, want 10s", left)
	}
}
