package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/web"
)

func TestHealthAcceptsOnlyGETAndHEAD(t *testing.T) {
	health, err := newHealth(nil)
	if err != nil {
		t.Fatal(err)
	}
	health.set(serving)
	api := apitest.Serve(t, health.handler(http.NotFoundHandler()))
	for _, path := range []string{"/startupz", "/livez", "/readyz"} {
		api.Do(t, "GET", path, "").Want(t, 204, "")
		api.Do(t, "HEAD", path, "").Want(t, 204, "")
		refused := api.Do(t, "POST", path, "")
		refused.WantProblem(t, 405, path, path+" does not support POST. See the header Allow.")
		if got := refused.Header.Get("Allow"); got != "GET, HEAD" {
			t.Errorf("got Allow: %s, want GET, HEAD", got)
		}
	}
}

func TestHealthNamesThePod(t *testing.T) {
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	health, err := newHealth(nil)
	if err != nil {
		t.Fatal(err)
	}
	api := apitest.Serve(t, health.handler(http.NotFoundHandler()))
	for path, want := range map[string]string{"/livez": hostname, "/readyz": hostname, "/": ""} { // an unready app names its Pod, too
		if got := api.Do(t, "GET", path, "").Header.Get("Pod"); got != want {
			t.Errorf("%s: got Pod: %s, want %q", path, got, want)
		}
	}
}

func TestStartupSucceedsWhenTheAppIsPrepared(t *testing.T) {
	for name, c := range map[string]struct {
		next phase
		at   time.Duration
		want time.Duration
	}{
		"prepared":           {serving, 5 * time.Second, 5 * time.Second},
		"stopped":            {draining, 5 * time.Second, 5 * time.Second},
		"never prepared":     {serving, time.Hour, contract.StartTimeout},
		"prepared before it": {serving, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				health, err := newHealth(nil)
				if err != nil {
					t.Fatal(err)
				}
				change := func() { health.set(c.next) }
				if c.at == 0 {
					change()
				} else {
					defer time.AfterFunc(c.at, change).Stop()
				}
				began, answer := time.Now(), httptest.NewRecorder()
				health.handler(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/startupz", http.NoBody))
				if took := time.Since(began); answer.Code != http.StatusNoContent || took != c.want {
					t.Errorf("got %d after %s, want 204 after %s", answer.Code, took, c.want)
				}
			})
		})
	}
}

// A start may take longer than the server's write timeout for other responses.
func TestStartupMayTakeLongerThanTheWriteTimeout(t *testing.T) {
	health, err := newHealth(nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(health.handler(http.NotFoundHandler()))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 10*time.Millisecond, 10*time.Millisecond
	server.Start()
	defer server.Close()
	defer time.AfterFunc(100*time.Millisecond, func() { health.set(serving) }).Stop()
	apitest.API{URL: server.URL}.Do(t, "GET", "/startupz", "").Want(t, 204, "")
}

func TestUnreadinessHasARetryAfter(t *testing.T) {
	api := apitest.Serve(t, new(health).handler(http.NotFoundHandler()))
	answer := api.Do(t, "GET", "/readyz", "")
	answer.WantProblem(t, 503, "/readyz", "The app is starting.")
	if got := answer.Header.Get("Retry-After"); got != "1" {
		t.Errorf("got Retry-After: %s, want 1", got)
	}
}

func TestAPathThatIsNotCleanIsAnsweredByTheApp(t *testing.T) {
	app, err := web.New("notes", "What is worth knowing.")
	if err != nil {
		t.Fatal(err)
	}
	web.Handle(app, "GET /notes", func(context.Context, web.None) (web.None, error) { return web.None{}, nil }, web.Operation{ID: "readNotes"})
	api := apitest.Serve(t, new(health).handler(app))
	for _, path := range []string{
		"//notes", "/notes/..", "/notes/%2e%2e", "/notes/../livez", "/./livez", "//livez", "/livez/", "/notes//", "/nowhere",
	} {
		api.Do(t, "GET", path, "").WantProblem(t, 404, path, "There is nothing at "+path+".")
	}
}

// keptAlive is a connection for several requests.
type keptAlive struct {
	connection net.Conn
	answers    *bufio.Reader
}

// get returns the status of an answer, and whether the server closes the connection after it.
func (k keptAlive) get(t *testing.T) (status int, last bool) {
	t.Helper()
	if _, err := io.WriteString(k.connection, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(k.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode, response.Close
}

func TestAConnectionEndsWithItsFirstAnswerWhileTheServerDrains(t *testing.T) {
	r := start(t, Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "finished")
	})}, 2*time.Second)
	r.await(t, "/readyz", http.StatusNoContent)
	connection, err := new(net.Dialer).DialContext(context.WithoutCancel(t.Context()), "tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	caller := keptAlive{connection, bufio.NewReader(connection)}
	if status, last := caller.get(t); status != 200 || last {
		t.Errorf("got %d, close %t; want 200 on a connection that stays", status, last)
	}

	r.stop()
	r.await(t, "/readyz", http.StatusServiceUnavailable)
	if status, last := caller.get(t); status != 200 || !last {
		t.Errorf("got %d, close %t; want 200 and Connection: close", status, last)
	}
	if _, err := caller.answers.ReadByte(); err != io.EOF {
		t.Errorf("got %v, want that the server closed the connection", err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("the server stopped with %v", err)
	}
}
