// Package metrics measures the requests of an API for Prometheus: rate, errors and duration. Package web uses it.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// other is the label of unknown methods and paths. Callers can invent these, and a label must have few values.
const other = "other"

// buckets are in seconds, from a read by id to the deadline of a request, 10 s. A request that retries a call to a hanging
// peer is above 1.
var buckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Requests registers the metrics and returns the middleware that updates them.
func Requests(registry prometheus.Registerer) gin.HandlerFunc {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total",
		Help: "Requests that were answered, by method, route and status.",
	}, []string{"method", "route", "status"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "How long answers took, by method and route.",
		Buckets: buckets,
	}, []string{"method", "route"})
	inFlight := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "http_requests_in_flight",
		Help: "Requests that are being answered now.",
	})
	registry.MustRegister(total, duration, inFlight)
	return func(c *gin.Context) {
		start := time.Now()
		inFlight.Inc()
		// Deferred, because a handler may panic to break the connection.
		defer func() {
			inFlight.Dec()
			method, route := method(c.Request.Method), route(c.FullPath())
			total.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Inc()
			duration.WithLabelValues(method, route).Observe(time.Since(start).Seconds())
		}()
		c.Next()
	}
}

func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return name
	default:
		return other
	}
}

func route(template string) string {
	if template == "" {
		return other
	}
	return template
}
