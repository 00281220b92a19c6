package agents_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/probe"
)

var (
	orders = agents.Source{Kind: contract.ServiceNode, Pod: network.Pod{Name: "orders-0", IP: "127.0.2.1"}}
	own    = agents.Source{Kind: contract.ExplorerNode, Pod: network.Pod{Name: "explorer-0", IP: "127.0.7.1"}}
)

// answering returns agents whose Pods, and the probe, all send the same response.
func answering(t *testing.T, status int, body string) *agents.Agents {
	t.Helper()
	return demotest.Listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

func TestServicesMeasureAtTheirPodAddressAndTheExplorerThroughTheProbe(t *testing.T) {
	cluster := demotest.NewCluster()
	fake := demotest.Pods{
		Measure: func(string, string) probe.Measurement { return probe.Measurement{Milliseconds: 2.5} },
		Resolve: func(pod, name string) probe.Resolution { return probe.Resolution{Name: pod + " resolves " + name} },
	}.Serve(t, cluster)
	for source, want := range map[agents.Source]string{orders: "orders-0", own: "explorer-0"} {
		measured, err := fake.Measure(t.Context(), source, "http://products.demo.svc:80")
		if err != nil || measured.From != want || measured.URL != "http://products.demo.svc:80" || measured.Milliseconds != 2.5 {
			t.Errorf("got %+v, %v; want it from %s", measured, err, want)
		}
		resolved, err := fake.Resolve(t.Context(), source, "a b&c")
		if err != nil || resolved.Name != want+" resolves a b&c" {
			t.Errorf("got %+v, %v; want it from %s", resolved, err, want)
		}
	}
}

func TestTheErrorIsASentenceThatNamesThePod(t *testing.T) {
	const unexpected = "The Pod orders-0 sent an unexpected response (%s). Are all apps of the same version? Deploy them again with pulumi up."
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"refused":       {403, `{"detail":"It is not declared."}`, "The Pod orders-0 did not measure: It is not declared."},
		"another app":   {404, "404 page not found", fmt.Sprintf(unexpected, "404 Not Found")},
		"no data":       {200, `{}`, fmt.Sprintf(unexpected, "200 OK")},
		"null":          {200, `{"data":null}`, fmt.Sprintf(unexpected, "200 OK")},
		"another shape": {200, `{"data":[1]}`, fmt.Sprintf(unexpected, "200 OK")},
		"too long":      {200, `{"data":{"url":"` + strings.Repeat("a", 1<<17) + `"}}`, fmt.Sprintf(unexpected, "200 OK")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := answering(t, test.status, test.body).Measure(t.Context(), orders, "http://products.demo.svc:80")
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAnUnreachablePodIsNamed(t *testing.T) {
	_, err := agents.New(peer.New("probe", "http://127.0.0.1:1"), "1").Measure(t.Context(), orders, "http://products.demo.svc:80")
	want := "The explorer cannot reach the Pod orders-0 at port 1 (REFUSED): The connection was refused: nothing listens on that address and port, or a network policy rejects it."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = agents.New(peer.New("probe", "http://127.0.0.1:1"), "1").Measure(t.Context(), own, "http://products.demo.svc:80")
	want = "The explorer's own Pod did not measure: probe cannot be reached (REFUSED). "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestARequestToABusyPodIsRepeated(t *testing.T) {
	var requests atomic.Int64
	busy := demotest.Listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{"data":{"milliseconds":1}}`)
	}))
	measured, err := busy.Measure(t.Context(), orders, "http://products.demo.svc:80")
	if err != nil || measured.Milliseconds != 1 || requests.Load() != 2 {
		t.Errorf("got %+v, %v after %d requests; want a measurement after 2", measured, err, requests.Load())
	}
}

func TestACanceledRequestIsNotBlamedOnThePod(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := answering(t, 200, `{"data":{}}`).Measure(ctx, orders, "http://products.demo.svc:80")
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "Pod") {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// The limit holds for all open pages together, and not for the explorer's own measurements.
func TestPagesShareALimit(t *testing.T) {
	limited := answering(t, 200, `{"data":{}}`)
	limited.LimitPages(2)
	for range 2 {
		if _, err := limited.ForPages().Measure(t.Context(), orders, "http://products.demo.svc:80"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := limited.ForPages().Measure(ctx, orders, "http://products.demo.svc:80")
	if err == nil || !strings.Contains(err.Error(), "rate-limited") {
		t.Errorf("got %v, want a rate limit", err)
	}
	if _, err := limited.Measure(t.Context(), orders, "http://products.demo.svc:80"); err != nil {
		t.Errorf("the explorer's own measurement: %v", err)
	}
}

func TestSourcesAreReadyOrAtLeastRunning(t *testing.T) {
	host, err := os.Hostname() // in a Pod it is the Pod's name
	if err != nil {
		t.Fatal(err)
	}
	node := func(name string) contract.Node {
		found, _ := demotest.Topology().Node(name)
		return found
	}
	for name, test := range map[string]struct {
		node   string
		change func(*demotest.Cluster)
		want   []string
	}{
		"ready":              {"orders", func(*demotest.Cluster) {}, []string{"orders-0", "orders-1"}},
		"one of them":        {"orders", func(c *demotest.Cluster) { c.Workload("orders").Pods[0].Ready = false }, []string{"orders-1"}},
		"none, but they run": {"orders", func(c *demotest.Cluster) { c.Unready("orders") }, []string{"orders-0", "orders-1"}},
		"without an address": {"orders", func(c *demotest.Cluster) { c.Workload("orders").Pods[1].IP = "" }, []string{"orders-0"}},
		"going":              {"orders", func(c *demotest.Cluster) { c.Workload("orders").Pods[1].State = "Terminating" }, []string{"orders-0"}},
		"in a loop": {"orders", func(c *demotest.Cluster) {
			c.Unready("orders")
			c.Workload("orders").Pods[0].State = "CrashLoopBackOff"
		}, []string{"orders-1"}},
		"none":     {"orders", func(c *demotest.Cluster) { c.Workload("orders").Pods = nil }, nil},
		"database": {"orders-database", func(*demotest.Cluster) {}, nil},
		"traces":   {"traces", func(*demotest.Cluster) {}, nil},
		"explorer": {"explorer", func(c *demotest.Cluster) {
			c.Workload("explorer").Pods = append(c.Workload("explorer").Pods, network.Pod{Name: "explorer-1", IP: "127.0.7.2", Ready: true})
		}, []string{"explorer-0"}},
		"explorer, which is replaced": {"explorer", func(c *demotest.Cluster) {
			c.Workload("explorer").Pods = append(c.Workload("explorer").Pods, network.Pod{Name: host, IP: "127.0.7.2", Ready: true, State: "Terminating"})
		}, []string{host}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := demotest.NewCluster()
			test.change(cluster)
			var got []string
			for _, source := range agents.New(peer.New("probe", "http://probe.invalid"), "8082").Sources(cluster.Network(), node(test.node)) {
				got = append(got, source.Pod.Name)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
