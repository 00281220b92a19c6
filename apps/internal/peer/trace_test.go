package peer_test

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/propagation"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/peer"
)

// The ids are propagated unchanged even if nothing is recorded (W3C Trace Context, section 3.4).
func TestTheTraceIsPropagatedToThePeer(t *testing.T) {
	const traceparent, tracestate = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=1"
	got := make(chan http.Header, 1)
	api := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		ok(w)
	}))
	ctx := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": traceparent, "tracestate": tracestate})
	if err := peer.New("orders", api.URL).Get(ctx, "/x", new(any)); err != nil {
		t.Fatal(err)
	}
	header := <-got
	if header.Get("traceparent") != traceparent || header.Get("tracestate") != tracestate {
		t.Errorf("got %v, want %s and %s", header, traceparent, tracestate)
	}
}
