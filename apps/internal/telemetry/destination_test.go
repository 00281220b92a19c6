package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/telemetry"
)

// taken holds the spans that a collector received.
type taken struct {
	mutex sync.Mutex
	spans []string
	// resources are the services and Pods of the spans.
	resources map[string]bool
}

// take starts a collector and returns its spans.
func take(t *testing.T) (*taken, apitest.API) {
	t.Helper()
	all := &taken{resources: map[string]bool{}}
	return all, apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body, err := io.ReadAll(r.Body)
		var traces collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &traces)
		}
		if err != nil {
			t.Error(err)
		}
		all.add(&traces)
	}))
}

func (a *taken) add(traces *collector.ExportTraceServiceRequest) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, resource := range traces.GetResourceSpans() {
		var who []string
		for _, attribute := range resource.GetResource().GetAttributes() {
			who = append(who, attribute.GetKey()+"="+attribute.GetValue().GetStringValue())
		}
		slices.Sort(who)
		a.resources[strings.Join(who, " ")] = true
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				a.spans = append(a.spans, string(span.GetSpanId()))
			}
		}
	}
}

// await blocks until there are as many spans, and returns them.
func (a *taken) await(t *testing.T, count int) []string {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		a.mutex.Lock()
		spans := slices.Sorted(slices.Values(a.spans))
		a.mutex.Unlock()
		if len(spans) == count {
			return spans
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("got %d spans, want %d", len(spans), count)
		}
	}
}

func TestTheExplorerAndACollectorBothGetEverySpan(t *testing.T) {
	explorer, explorerAPI := take(t)
	collector, collectorAPI := take(t)
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{TracesURL: explorerAPI.URL, OTLPEndpoint: collectorAPI.URL})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	serve(t, 3)
	soon := explorer.await(t, 3)
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the explorer got its spans after %s, want about 1s", took)
	}
	serve(t, 2)
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	all := collector.await(t, 5)
	if got := explorer.await(t, 5); !slices.Equal(got, all) {
		t.Errorf("the explorer got the spans %x, the collector %x; want the same", got, all)
	}
	for _, id := range soon {
		if !slices.Contains(all, id) {
			t.Errorf("the collector did not get the span %x", id)
		}
	}
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"k8s.pod.name=" + hostname + " service.name=test": true}
	if !maps.Equal(explorer.resources, want) || !maps.Equal(collector.resources, want) {
		t.Errorf("the spans are of %v and %v, want %v", explorer.resources, collector.resources, want)
	}
}

// hang serves a collector that does not answer until the end of the test. It then waits for the goroutines that send to it,
// so that their last error does not appear in the log of the next test.
func hang(t *testing.T) apitest.API {
	t.Helper()
	over := make(chan struct{})
	collector := apitest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(func() {
		close(over)
		for sending() {
			time.Sleep(time.Millisecond)
		}
	})
	return collector
}

// sending reports whether a goroutine of a batch span processor runs.
func sending() bool {
	stacks := make([]byte, 1<<20)
	return bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("batchSpanProcessor"))
}

func TestAnUnavailableDestinationDoesNotAffectTheOther(t *testing.T) {
	hangs := hang(t)
	refuses := apitest.Serve(t, http.NotFoundHandler())
	refuses.Stop()
	for name, broken := range map[string]apitest.API{"hangs": hangs, "refuses": refuses} {
		for _, explorerAway := range []bool{true, false} {
			here, api := take(t)
			config := contract.Telemetry[string]{TracesURL: broken.URL, OTLPEndpoint: api.URL}
			if !explorerAway {
				config.TracesURL, config.OTLPEndpoint = api.URL, broken.URL
			}
			stop, err := telemetry.Start(t.Context(), "test", config)
			if err != nil {
				t.Fatal(err)
			}
			serve(t, 3)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err = stop(ctx)
			cancel()
			if hung := name == "hangs"; errors.Is(err, context.DeadlineExceeded) != hung || (hung && !strings.Contains(err.Error(), broken.URL)) {
				t.Errorf("one %s: got %v", name, err)
			}
			here.mutex.Lock()
			if len(here.spans) != 3 { // the process is about to end
				t.Errorf("one %s: the other got %d spans, want 3", name, len(here.spans))
			}
			here.mutex.Unlock()
		}
	}
}

func TestLostSpansAreReportedWithoutTheCredentialsOfTheCollector(t *testing.T) {
	hangs := hang(t)
	host := strings.TrimPrefix(hangs.URL, "http://")
	stop, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{OTLPEndpoint: "http://ada:s3cret@" + host + "?key=s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := stop(ctx); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), host) {
		t.Errorf("the error is %v, want one with %s and without its credentials", err, host)
	}
}

func TestAMalformedCollectorIsNamedWithoutItsCredentials(t *testing.T) {
	_, err := telemetry.Start(t.Context(), "test", contract.Telemetry[string]{OTLPEndpoint: "http://ada:s3cret@collector:x"})
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "collector") {
		t.Errorf("the error is %v, want one with the collector and without its credentials", err)
	}
}
