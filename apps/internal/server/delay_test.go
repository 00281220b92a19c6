package server

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryAnswerExceptToTheKubeletIsDelayed(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			w.WriteHeader(http.StatusNotFound)
		case "/body":
			_, _ = io.WriteString(w, "body")
			_, _ = io.WriteString(w, " and more")
		}
	})
	for path, want := range map[string]struct {
		status int
		body   string
	}{"/status": {404, ""}, "/body": {200, "body and more"}, "/nothing": {200, ""}} {
		for agent, delay := range map[string]time.Duration{"kubernetes-networking-probe": 5 * time.Second, "": 5 * time.Second, "kube-probe/1.37": 0} {
			synctest.Test(t, func(t *testing.T) {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
				request.Header.Set("User-Agent", agent)
				answer, begin := httptest.NewRecorder(), time.Now()
				delayed(5*time.Second, handler).ServeHTTP(answer, request)
				if took := time.Since(begin); answer.Code != want.status || answer.Body.String() != want.body || took != delay {
					t.Errorf("%q got %d %s after %s, want %d %s after %s", agent, answer.Code, answer.Body, took, want.status, want.body, delay)
				}
			})
		}
	}
}

func TestADelayEndsWhenTheCallerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		delayed(5*time.Second, http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %s, want 1s", took)
		}
	})
}

// Package contract limits a delay to ten seconds.
func TestTheLongestDelayIsShorterThanTheWriteTimeout(t *testing.T) {
	if longest := 10 * time.Second; longest >= writeTimeout {
		t.Errorf("an answer may be held back for %s, want less than the %s until it has to be written", longest, writeTimeout)
	}
}

func TestReadinessIsDelayedButCorrect(t *testing.T) {
	r := start(t, Server{ResponseDelay: 50 * time.Millisecond}, 0)
	r.await(t, "/readyz", http.StatusNoContent)
	begin := time.Now()
	if status, _ := r.get(t, "/readyz"); status != http.StatusNoContent || time.Since(begin) < 50*time.Millisecond {
		t.Errorf("got %d after %s, want 204 after 50ms", status, time.Since(begin))
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("the server stopped with %v", err)
	}
}
