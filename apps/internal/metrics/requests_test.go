package metrics_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/metrics"
)

// serve answers /notes/:id, by the id, behind the middleware.
func serve(t *testing.T) (apitest.API, *prometheus.Registry) {
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
	return apitest.Serve(t, engine), registry
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
		api.Do(t, method, path, "")
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

func TestRequestsInFlightAreThoseThatAreNotAnswered(t *testing.T) {
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
	apitest.Serve(t, engine).Do(t, "GET", "/", "")
	inFlight("0")
}

func TestARequestThatBreaksOffIsCounted(t *testing.T) {
	api, registry := serve(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/notes/broken", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the connection did not break")
	}
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
	api.Do(t, "GET", "/notes/1", "")
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v and %v, want no problems", problems, err)
	}
}
