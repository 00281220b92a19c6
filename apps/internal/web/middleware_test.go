package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/web"
)

// written is a buffer that the server writes and the test reads.
type written struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(line []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.text.Write(line)
}

func (w *written) String() string {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.text.String()
}

// log captures the log from level on until the test ends.
func log(t *testing.T, level slog.Level) *written {
	t.Helper()
	var text written
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: level})))
	return &text
}

func TestTheLogNamesRoutesAndNoPersonalData(t *testing.T) {
	api := serveSearch(t)
	text := log(t, slog.LevelInfo)
	api.Do(t, "GET", "/search/"+id+"?author=LVLADA", "")
	api.Do(t, "GET", "/clients/LVLADA", "")
	for _, want := range []string{
		"level=INFO msg=request method=GET route=/search/:id status=200 milliseconds=",
		"level=INFO msg=request method=GET route=unmatched status=404 milliseconds=",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, text)
		}
	}
	for _, personal := range []string{"LVLADA", "127.0.0.1", id} {
		if strings.Contains(text.String(), personal) {
			t.Errorf("%q is in the log:\n%s", personal, text)
		}
	}
	text = log(t, slog.LevelDebug)
	api.Do(t, "GET", "/clients/LVLADA", "")
	if want := "level=DEBUG msg=request path=/clients/LVLADA from=127.0.0.1\n"; !strings.Contains(text.String(), want) {
		t.Errorf("%q is not in the log at debug level:\n%s", want, text)
	}
}

func TestAPanicInAnAnswerThatHasBegunBreaksTheConnection(t *testing.T) {
	text := log(t, slog.LevelInfo)
	notes := newNotes(t, nil)
	notes.Raw("/broken", func(c *gin.Context) error {
		c.Writer.WriteHeader(200)
		_, _ = c.Writer.WriteString(`{"data":`)
		c.Writer.Flush()
		panic("secret")
	})
	api := apitest.Serve(t, notes)
	response, err := http.DefaultClient.Do(request(t, "GET", api.URL+"/broken"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err == nil {
		t.Errorf("the answer %q looks complete", &body)
	}
	if !strings.Contains(text.String(), "secret") {
		t.Errorf("the panic is not in the log:\n%s", text)
	}
}

func TestHEADIsAnsweredAsGETWithoutTheBody(t *testing.T) {
	api := serve(t, func(context.Context, web.None) (note, error) { return note{Text: "hello"}, nil })
	for _, path := range []string{"/notes", "/openapi.json", "/metrics"} {
		get, head := api.Do(t, "GET", path, ""), api.Do(t, "HEAD", path, "")
		if head.Status != 200 || head.Text != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s answers %d %s %q", path, head.Status, head.Header.Get("Content-Type"), head.Text)
		}
	}
	apitest.Send(t, request(t, "HEAD", api.URL+"/nowhere")).Want(t, 404, "")
}

func TestMetricsCoverTheProcessAndTheRequests(t *testing.T) {
	api := serve(t, nil)
	api.Do(t, "POST", "/notes", `{"text":"hello"}`)
	metrics := api.Do(t, "GET", "/metrics", "")
	for _, want := range []string{"\ngo_goroutines ", "\nprocess_resident_memory_bytes ", `route="/notes",status="201"} 1`} {
		if !strings.Contains(metrics.Text, want) {
			t.Errorf("%q is not in the metrics", want)
		}
	}
	if strings.Contains(metrics.Text, "/metrics") {
		t.Error("a scrape counts itself")
	}
}

func request(t *testing.T, method, url string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return request
}
