// Package metrics counts what an API does, for Prometheus: the rate, the errors and the duration of its requests.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// other stands for what callers make up, methods and paths alike: a label's values have to be few.
const other = "other"

// buckets, in seconds, are from a read by id to the ten seconds that a request may take. A retry of a call to a peer
// that hangs shows above 1.
var buckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Requests registers the metrics of requests and returns the middleware that keeps them.
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
		// A handler that panics again, to break the connection, is counted too.
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
