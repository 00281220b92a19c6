// Package web is the HTTP layer of the three services, on top of gin. A service declares each route once, with Handle or
// HandleBody. From the types of the handler the package reads and validates requests, writes answers, and serves the
// OpenAPI document at /openapi.json. It also adds metrics, traces, logs, a deadline and the recovery of panics.
//
// Start at Handle in route.go. API.use in engine.go lists the middleware.
//
// huma v2 with its gin adapter also derives validation and document from one declaration. It is not used because it
// decodes bodies with encoding/json: if a member is there twice, the last one silently wins, and invalid UTF-8 silently
// becomes U+FFFD. Here both are errors, listed beside all other invalid members.
package web

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/kubernetes-networking/apps/internal/metrics"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/telemetry"
)

// API is the HTTP side of a service.
type API struct {
	// Metrics is the registry behind GET /metrics. It holds the metrics of the process from the start.
	Metrics *prometheus.Registry

	engine      *gin.Engine
	name, about string
	routes      []route
	built       func() ([]byte, error)
}

// New returns an API without routes. Name is the service's name; about describes it in a sentence or two.
func New(name, about string) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	if err := registerRules(); err != nil {
		return nil, err
	}
	api := &API{Metrics: prometheus.NewRegistry(), engine: gin.New(), name: name, about: about}
	api.built = sync.OnceValues(api.buildDocument)
	api.Metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	// No proxy in front of the service is trusted to name the caller.
	if err := api.engine.SetTrustedProxies(nil); err != nil {
		return nil, fmt.Errorf("trust no proxies: %w", err)
	}
	api.engine.RedirectTrailingSlash = false
	api.engine.HandleMethodNotAllowed = true
	// Registered before the middleware: scrapes are frequent and need no log line, trace or count.
	api.handle(http.MethodGet, "/metrics", gin.WrapH(promhttp.HandlerFor(api.Metrics, promhttp.HandlerOpts{Registry: api.Metrics})))
	api.use()
	api.handle(http.MethodGet, "/openapi.json", answering(api.document))
	return api, nil
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// use registers the middleware, outermost first. Traces, metrics and logs come before the recovery, so that they see the
// status of a panic too.
func (a *API) use() {
	a.engine.Use(
		telemetry.Middleware(),
		metrics.Requests(a.Metrics),
		logged,
		recovered,
		limited,
	)
	a.engine.NoRoute(answering(func(c *gin.Context) error {
		return problem.New(http.StatusNotFound, "There is nothing at %s.", c.Request.URL.EscapedPath())
	}))
	a.engine.NoMethod(answering(func(c *gin.Context) error {
		return problem.New(http.StatusMethodNotAllowed, "%s does not support %s. See the header Allow.",
			c.Request.URL.EscapedPath(), c.Request.Method)
	}))
}
