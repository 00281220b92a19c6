package systemtest

import (
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// span is a span as a trace viewer shows it.
type span struct{ service, pod, name, id, parent, trace string }

// receiver is an OpenTelemetry collector that stores its spans.
type receiver struct {
	url   string
	mutex sync.Mutex
	spans []span
	text  strings.Builder // the content of all spans, to search for personal data
}

func collect(t *testing.T) *receiver {
	t.Helper()
	r := new(receiver)
	r.url = apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var traces collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &traces)
		}
		if err != nil || request.URL.Path != "/v1/traces" {
			t.Errorf("got what is no trace at %s: %v", request.URL.Path, err)
		}
		r.keep(&traces)
		w.Header().Set("Content-Type", "application/x-protobuf")
	})).URL
	return r
}

func (r *receiver) keep(traces *collector.ExportTraceServiceRequest) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.text.WriteString(traces.String())
	for _, resource := range traces.GetResourceSpans() {
		of := map[string]string{}
		for _, attribute := range resource.GetResource().GetAttributes() {
			of[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				r.spans = append(r.spans, span{
					of["service.name"], of["k8s.pod.name"], s.GetName(), string(s.GetSpanId()), string(s.GetParentSpanId()), string(s.GetTraceId()),
				})
			}
		}
	}
}

// ids returns the ids of all spans, sorted.
func (r *receiver) ids() []string {
	var all []string
	for _, span := range r.spans {
		all = append(all, span.id)
	}
	slices.Sort(all)
	return all
}

// path returns the spans from the test's own request to a span.
func (r *receiver) path(of span) string {
	path := of.service + " " + of.name
	if of.parent == "\xb7\xad\x6b\x71\x69\x20\x33\x31" {
		return "test > " + path
	}
	for _, parent := range r.spans {
		if parent.id == of.parent && parent.trace == of.trace {
			return r.path(parent) + " > " + path
		}
	}
	return path
}

// measureUntraced makes orders measure itself, which must not appear in a trace.
func measureUntraced(t *testing.T, environ map[string]string) {
	t.Helper()
	measured := apitest.API{URL: "http://127.0.0.1:" + environ["PROBE_PORT"]}.
		Do(t, "GET", "/measurement?url="+environ["PROBE_TARGETS"], "")
	if measured.Status != http.StatusOK || !strings.Contains(measured.Text, `"204 No Content"`) {
		t.Errorf("got %d: %s, want that orders is ready", measured.Status, measured.Text)
	}
}

// orderTraced creates a client and its order in the test's own trace.
func orderTraced(t *testing.T, clients, orders *process) {
	t.Helper()
	apitest.API{URL: clients.url}.Do(t, "POST", "/clients", `{"taxCode":"QX7SECRET","firstName":"Ada","lastName":"Lovelace"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, orders.url+"/orders", strings.NewReader(`{"clientTaxCode":"QX7SECRET"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if answer := apitest.Send(t, request); answer.Status != http.StatusCreated {
		t.Fatalf("got %d: %s", answer.Status, answer.Text)
	}
}

func TestCreatingAnOrderIsOneTraceAcrossTheServices(t *testing.T) {
	t.Parallel() // it takes as long as a drain
	traces, collected := collect(t), collect(t)
	clientsEnvironment := environment(t, databasetest.NewLoopback(t))
	ordersEnvironment := environment(t, databasetest.NewLoopback(t))
	more := with(peers, map[string]string{
		"TRACES_URL":                  traces.url,
		"OTEL_EXPORTER_OTLP_ENDPOINT": collected.url,
		"CLIENTS_URL":                 "http://127.0.0.1:" + clientsEnvironment["PORT"],
	})
	clients := run(t, "clients", with(clientsEnvironment, more))
	orders := run(t, "orders", with(ordersEnvironment, more))
	clients.await(t, "/readyz", http.StatusNoContent)
	orders.await(t, "/readyz", http.StatusNoContent)

	measureUntraced(t, ordersEnvironment)
	orderTraced(t, clients, orders)
	// The processes send their last spans when they stop.
	for _, service := range []*process{orders, clients} {
		service.signal(t, syscall.SIGTERM)
	}
	if codes := orders.wait(t) + clients.wait(t); codes != 0 {
		t.Errorf("the exit codes add up to %d, want 0", codes)
	}

	seen := map[string]bool{}
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, span := range traces.spans {
		if span.pod != hostname {
			t.Errorf("the span %s is of the Pod %q, want %s", span.name, span.pod, hostname)
		}
		if span.trace == "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c" {
			seen[traces.path(span)] = true
		}
	}
	for _, path := range []string{
		"test > orders POST /orders",
		"test > orders POST /orders > orders GET /clients/{taxCode}",
		"test > orders POST /orders > orders GET /clients/{taxCode} > clients GET /clients/:taxCode",
		"test > orders POST /orders > orders GET /clients/{taxCode} > clients GET /clients/:taxCode > clients query SELECT",
		"test > orders POST /orders > orders query INSERT",
	} {
		if !seen[path] {
			t.Errorf("there is no span %s in %v", path, seen)
		}
	}
	if explored, all := traces.ids(), collected.ids(); !slices.Equal(explored, all) {
		t.Errorf("the explorer got %d spans and the collector %d, want the same", len(explored), len(all))
	}
	for _, absent := range []string{"QX7SECRET", "Lovelace", "127.0.0.1", "readyz", "measurement"} {
		if strings.Contains(traces.text.String(), absent) {
			t.Errorf("%s is in the traces", absent)
		}
	}
}
