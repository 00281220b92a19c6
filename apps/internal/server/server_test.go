package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// running is a server under test.
type running struct {
	url  string
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, server Server, drainDelay time.Duration) running {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if server.Handler == nil {
		server.Handler = http.NotFoundHandler()
	}
	ctx, stop := context.WithCancel(t.Context())
	r := running{url: "http://" + listener.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- server.serve(ctx, listener, drainDelay) }()
	return r
}

// answer is the result of a request.
type answer struct {
	status int
	body   string
	err    error
}

// ask sends a request on a new connection. It may be called from any goroutine.
func (r running) ask(ctx context.Context, path string) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, http.NoBody)
	if err != nil {
		return answer{err: err}
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(body), err}
}

// get returns the status and the body of an answer.
func (r running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	got := r.ask(t.Context(), path)
	if got.err != nil {
		t.Fatal(got.err)
	}
	return got.status, got.body
}

func (r running) await(t *testing.T, path string, want int) {
	t.Helper()
	for begin := time.Now(); ; {
		status, body := r.get(t, path)
		if status == want {
			return
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("%s still answers %d %s, want %d", path, status, body, want)
		}
	}
}

func TestTheServerIsAliveBeforeItIsReady(t *testing.T) {
	database := make(chan struct{})
	r := start(t, Server{Prepare: func(context.Context) error { <-database; return nil }}, 0)
	if status, _ := r.get(t, "/livez"); status != http.StatusNoContent {
		t.Errorf("livez answers %d while the app starts, want 204", status)
	}
	if status, body := r.get(t, "/readyz"); status != 503 || !strings.Contains(body, "The app is starting.") {
		t.Errorf("readyz answers %d %s while the app starts, want 503", status, body)
	}
	close(database)
	r.await(t, "/readyz", http.StatusNoContent)
}

func TestReadinessFollowsTheAppsOwnCheckAndHasATimeout(t *testing.T) {
	type check = func(context.Context) error
	var ready atomic.Pointer[check]
	answer := func(with check) { ready.Store(&with) }
	answer(func(context.Context) error { return nil })
	r := start(t, Server{Ready: func(ctx context.Context) error { return (*ready.Load())(ctx) }}, 0)
	r.await(t, "/readyz", http.StatusNoContent) // before that, the server does not call the check of the app

	answer(func(context.Context) error { return errors.New("secret") })
	if status, body := r.get(t, "/readyz"); status != 503 || !strings.Contains(body, `"The app is not ready. Its log has the cause."`) {
		t.Errorf("readyz answers %d %s, want 503 without the cause", status, body)
	}
	answer(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	begin := time.Now()
	if status, _ := r.get(t, "/readyz"); status != 503 || time.Since(begin) > 2*readyTimeout {
		t.Errorf("readyz answers %d after %s, want 503 after %s", status, time.Since(begin), readyTimeout)
	}
}

func TestShutdownFailsReadinessThenFinishesRunningRequests(t *testing.T) {
	arrived, finish := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(arrived)
			<-finish
		}
		_, _ = io.WriteString(w, "finished")
	})
	r := start(t, Server{Handler: handler}, 2*time.Second)
	r.await(t, "/readyz", http.StatusNoContent)
	slow := make(chan answer, 1)
	go func() { slow <- r.ask(t.Context(), "/slow") }()
	<-arrived

	r.stop()
	r.await(t, "/readyz", http.StatusServiceUnavailable)
	if status, body := r.get(t, "/"); status != 200 || body != "finished" {
		t.Errorf("a request that comes while other nodes still send answers %d %s, want 200", status, body)
	}
	close(finish)
	if got := <-slow; got.err != nil || got.body != "finished" {
		t.Errorf("the request under way got %q, %v; want finished", got.body, got.err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("the server stopped with %v", err)
	}
	if connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		connection.Close()
		t.Error("the server still listens")
	}
}

func TestAPreparationThatFailsEndsTheServer(t *testing.T) {
	failure := errors.New("the migration is wrong")
	r := start(t, Server{Prepare: func(context.Context) error { return failure }}, 0)
	if err := <-r.done; !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func TestAStopDuringPreparationIsNotAnError(t *testing.T) {
	r := start(t, Server{Prepare: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}, 0)
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	err = Server{Address: address, Handler: http.NotFoundHandler()}.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "listen on "+address) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want the address and that it is in use", err)
	}
}

func TestAllFourTimeoutsAreSet(t *testing.T) {
	server := newHTTPServer(nil)
	for name, timeout := range map[string]time.Duration{
		"ReadHeaderTimeout": server.ReadHeaderTimeout, "ReadTimeout": server.ReadTimeout,
		"WriteTimeout": server.WriteTimeout, "IdleTimeout": server.IdleTimeout,
	} {
		if timeout <= 0 {
			t.Errorf("%s is not set", name)
		}
	}
}

// A request that arrives at the last moment and is as slow as the timeouts allow ends before the drain does.
func TestNoCallerIsSlowerThanTheDrain(t *testing.T) {
	server := newHTTPServer(nil)
	if longest := server.ReadHeaderTimeout + server.WriteTimeout; longest >= drainTimeout {
		t.Errorf("a request may take %s, want less than the %s of the drain", longest, drainTimeout)
	}
	if server.ReadTimeout >= server.WriteTimeout {
		t.Errorf("a body may take %s, want less than the %s until its answer has to be written", server.ReadTimeout, server.WriteTimeout)
	}
}
