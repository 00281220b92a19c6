package problem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/problem"
)

func TestAnyErrorBecomesAProblem(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
		detail string
	}{
		"a problem":         {problem.New(404, "There is no %s.", "lamp"), 404, "There is no lamp."},
		"a wrapped problem": {fmt.Errorf("read: %w", problem.New(409, "Taken.")), 409, "Taken."},
		"a deadline":        {fmt.Errorf("list: %w", context.DeadlineExceeded), 503, "The database did not answer in time. Try again later."},
		"the network":       {&net.OpError{Op: "dial", Err: errors.New("secret")}, 503, "The database did not answer in time. Try again later."},
		"a hang-up":         {fmt.Errorf("list: %w", context.Canceled), problem.StatusHungUp, "The caller hung up."},
		"anything else":     {errors.New("secret"), 500, "Something went wrong on our side. It has been logged."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := problem.From(test.err); got.Status != test.status || got.Detail != test.detail {
				t.Errorf("got %d %q, want %d %q", got.Status, got.Detail, test.status, test.detail)
			}
		})
	}
}

func TestTheCauseIsLoggedWithoutThePathAndNotSent(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	answer := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "/clients/LVLADA", nil)
	problem.Write(answer, request, problem.New(503, "Try again later.").Because(errors.New("secret")))
	const want = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Try again later.","instance":"/clients/LVLADA"}` + "\n"
	if answer.Body.String() != want || answer.Header().Get("Retry-After") != "1" {
		t.Errorf("got %s with Retry-After: %s\nwant %s with 1", answer.Body, answer.Header().Get("Retry-After"), want)
	}
	if !strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "LVLADA") {
		t.Errorf("want the cause and no path in the log: %s", &log)
	}
}
