package traces_test

import (
	"net/http"
	"testing"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/kubernetes-networking/apps/explorer/traces"
)

// Invalid messages must be refused, and valid ones must be stored.
func FuzzTakeTraces(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(message(f, order...))
	f.Add(message(f, sent{service: "a", id: 1, parent: 1, from: 1}))
	f.Fuzz(func(t *testing.T, body []byte) {
		store := traces.NewStore(topology)
		answer := post(t, store, body)
		if err := proto.Unmarshal(body, new(otlp.TracesData)); err == nil && answer.Code != http.StatusOK {
			t.Errorf("got %d %q for a message that protobuf decodes", answer.Code, answer.Body)
		}
		for _, trace := range store.Traces() {
			if again, found := store.Trace(trace.ID); !found || len(again.Spans) != len(trace.Spans) || len(trace.Spans) == 0 {
				t.Errorf("the list contains %+v, which does not exist", trace)
			}
		}
	})
}
