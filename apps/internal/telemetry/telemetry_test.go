package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/telemetry"
)

func TestWithoutAnEndpointNothingIsInstalled(t *testing.T) {
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{})
	if err != nil {
		t.Fatal(err)
	}
	if tracer := telemetry.QueryTracer(); tracer != nil {
		t.Errorf("queries have the tracer %T, want none", tracer)
	}
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// serve sends requests through the middleware.
func serve(t *testing.T, requests int) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(telemetry.Middleware())
	engine.GET("/", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	for range requests {
		answer := httptest.NewRecorder()
		engine.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		if answer.Code != http.StatusNoContent {
			t.Fatalf("got %d, want 204", answer.Code)
		}
	}
}

func TestAnUnavailableCollectorCostsOneLogLineAndNoRequest(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	stopped := apitest.Serve(t, http.NotFoundHandler())
	stopped.Stop()
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{OTLPEndpoint: stopped.URL})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, 2000) // several batches
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "cannot send traces") {
		t.Errorf("the log has %d lines, want one:\n%s", lines, log.String())
	}
}

func TestACollectorThatHangsDoesNotKeepTheServiceFromStopping(t *testing.T) {
	collector := hang(t)
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{OTLPEndpoint: collector.URL})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestTheLastSpansAreSentAtTheEnd(t *testing.T) {
	var batches atomic.Int64
	collector := apitest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method+" "+r.URL.Path == "POST /base/v1/traces" {
			batches.Add(1)
		}
	}))
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{OTLPEndpoint: collector.URL + "/base/"})
	if err != nil {
		t.Fatal(err)
	}
	if telemetry.QueryTracer() == nil {
		t.Error("queries are not watched")
	}
	serve(t, 1)
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	if batches.Load() != 1 {
		t.Errorf("%d batches arrived, want 1", batches.Load())
	}
}
