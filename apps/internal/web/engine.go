// Package web is what the three services share of HTTP: an API whose routes are declared once, how a request is read and
// checked, and how it is answered.
//
// huma v2 with its gin adapter also makes the checks and the document from one declaration. It is not used, because its
// handlers get huma's context instead of gin's, and because it reads a body with encoding/json: of a member that is there
// twice the last one is taken, and U+FFFD for what is no UTF-8, and nobody is told. Here such a member is named beside all
// others that are wrong, and what is left to write for that is this package.
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
	// Metrics are what GET /metrics tells: the process from the start, and what else is registered here.
	Metrics *prometheus.Registry

	engine      *gin.Engine
	name, about string
	routes      []route
	made        func() ([]byte, error)
}

// New returns an API without routes. Name is the service's name, and about says what it does in a sentence or two.
func New(name, about string) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	if err := useOurRules(); err != nil {
		return nil, err
	}
	api := &API{Metrics: prometheus.NewRegistry(), engine: gin.New(), name: name, about: about}
	api.made = sync.OnceValues(api.makeDocument)
	api.Metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	// Nobody in front of the service is trusted to say who the caller is.
	if err := api.engine.SetTrustedProxies(nil); err != nil {
		return nil, fmt.Errorf("trust no proxies: %w", err)
	}
	api.engine.RedirectTrailingSlash = false
	api.engine.HandleMethodNotAllowed = true
	// Before the middleware: whoever scrapes every few seconds is not worth a log line, a trace and a count each time.
	api.get("/metrics", gin.WrapH(promhttp.HandlerFor(api.Metrics, promhttp.HandlerOpts{Registry: api.Metrics})))
	api.use()
	api.get("/openapi.json", handle(api.document))
	return api, nil
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// use puts the middleware in order, the outermost first. What watches is outside of what recovers, so that it sees the
// status of a panic too.
func (a *API) use() {
	a.engine.Use(
		telemetry.Middleware(),
		metrics.Requests(a.Metrics),
		logged,
		recovered,
		limited,
	)
	a.engine.NoRoute(handle(func(c *gin.Context) error {
		return problem.New(http.StatusNotFound, "There is nothing at %s.", c.Request.URL.EscapedPath())
	}))
	a.engine.NoMethod(handle(func(c *gin.Context) error {
		return problem.New(http.StatusMethodNotAllowed, "%s does not take %s, see the header Allow.",
			c.Request.URL.EscapedPath(), c.Request.Method)
	}))
}
