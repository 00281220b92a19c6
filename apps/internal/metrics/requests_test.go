package metrics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"example.com/kubernetes-networking/apps/internal/metrics"
)

// serve serves /notes/:id behind the middleware. The answer depends on the id.
func serve(t *testing.T) (http.Handler, *prometheus.Registry) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	registry, engine := prometheus.NewRegistry(), gin.New()
	engine.Use(metrics.Requests(registry))
	engine.Any("/notes/:id", func(c *gin.Context) {
		switch c.Param("id") {
		case "lost":
			c.Status(http.StatusInternalServerError)
		case "broken":
			panic(http.ErrAbortHandler)
		default:
			c.Status(http.StatusNoContent)
		}
	})
	return engine, registry
}

func send(t *testing.T, api http.Handler, method, path string) {
	t.Helper()
	api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
}

func want(t *testing.T, registry *prometheus.Registry, name, series string) {
	t.Helper()
	if err := testutil.GatherAndCompare(registry, strings.NewReader(series), name); err != nil {
		t.Error(err)
	}
}

func TestRequestsAreCountedByMethodRouteAndStatus(t *testing.T) {
	api, registry := serve(t)
	for _, request := range []string{"GET /notes/1", "GET /notes/2", "DELETE /notes/1", "GET /notes/lost", "GET /nowhere", "GET /elsewhere", "BREW /notes/1", "BURN /x"} {
		method, path, _ := strings.Cut(request, " ")
		send(t, api, method, path)
	}
	want(t, registry, "http_requests_total", `
# HELP http_requests_total Requests that were answered, by method, route and status.
# TYPE http_requests_total counter
http_requests_total{method="DELETE",route="/notes/:id",status="204"} 1
http_requests_total{method="GET",route="/notes/:id",status="204"} 2
http_requests_total{method="GET",route="/notes/:id",status="500"} 1
http_requests_total{method="GET",route="other",status="404"} 2
http_requests_total{method="other",route="other",status="404"} 2
`)
	if got := testutil.CollectAndCount(registry, "http_request_duration_seconds"); got != 4 {
		t.Errorf("%d pairs of method and route have durations, want 4", got)
	}
}

func TestRequestsInFlightAreCounted(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	registry, engine := prometheus.NewRegistry(), gin.New()
	engine.Use(metrics.Requests(registry))
	inFlight := func(number string) {
		t.Helper()
		want(t, registry, "http_requests_in_flight", `
# HELP http_requests_in_flight Requests that are being answered now.
# TYPE http_requests_in_flight gauge
http_requests_in_flight `+number+"\n")
	}
	engine.GET("/", func(*gin.Context) { inFlight("1") })
	send(t, engine, "GET", "/")
	inFlight("0")
}

func TestARequestThatBreaksOffIsCounted(t *testing.T) {
	api, registry := serve(t)
	func() {
		defer func() {
			if panicked, _ := recover().(error); !errors.Is(panicked, http.ErrAbortHandler) {
				t.Errorf("the middleware hands on %v, want %v", panicked, http.ErrAbortHandler)
			}
		}()
		send(t, api, "POST", "/notes/broken")
	}()
	if got := testutil.CollectAndCount(registry, "http_requests_total"); got != 1 {
		t.Errorf("%d series, want 1", got)
	}
	want(t, registry, "http_requests_in_flight", `
# HELP http_requests_in_flight Requests that are being answered now.
# TYPE http_requests_in_flight gauge
http_requests_in_flight 0
`)
}

func TestTheNamesFollowPrometheusConventions(t *testing.T) {
	api, registry := serve(t)
	send(t, api, "GET", "/notes/1")
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v and %v, want no problems", problems, err)
	}
}
