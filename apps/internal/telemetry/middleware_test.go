package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/propagation"

	"example.com/kubernetes-networking/apps/internal/telemetry"
)

// propagated returns the header traceparent that a handler behind the middleware sends to a peer.
func propagated(t *testing.T, traceparent string) string {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(telemetry.Middleware())
	headers := propagation.MapCarrier{}
	engine.GET("/", func(c *gin.Context) { propagation.TraceContext{}.Inject(c.Request.Context(), headers) })
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	if traceparent != "" {
		request.Header.Set("traceparent", traceparent)
	}
	engine.ServeHTTP(httptest.NewRecorder(), request)
	return headers["traceparent"]
}

func TestWithoutAnEndpointTheCallersTraceIsPropagatedUnchanged(t *testing.T) {
	const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if got := propagated(t, traceparent); got != traceparent {
		t.Errorf("got %s, want %s", got, traceparent)
	}
}

func TestARequestWithoutATraceGetsAnUnrecordedOne(t *testing.T) {
	wellFormed := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`)
	seen := map[string]bool{}
	for _, traceparent := range []string{"", "", "00-nonsense-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01"} {
		got := propagated(t, traceparent)
		if !wellFormed.MatchString(got) || seen[got] {
			t.Errorf("%q became %q, want a new trace", traceparent, got)
		}
		seen[got] = true
	}
}

// BenchmarkWithoutAnEndpoint compares a request with disabled tracing to one without tracing.
func BenchmarkWithoutAnEndpoint(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	for name, middleware := range map[string][]gin.HandlerFunc{"without": nil, "with": {telemetry.Middleware()}} {
		b.Run(name, func(b *testing.B) {
			engine := gin.New()
			engine.Use(middleware...)
			engine.GET("/clients/:taxCode", func(c *gin.Context) { c.Status(http.StatusNoContent) })
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/clients/ADA", http.NoBody)
			answer := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				engine.ServeHTTP(answer, request)
			}
		})
	}
}
