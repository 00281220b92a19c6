package demotest

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// Pods is a fake of the Pods that measure, over real HTTP. A function may be nil if the test does not need it. The
// functions are called concurrently.
type Pods struct {
	// Measure returns the measurement of a target from inside a Pod.
	Measure func(pod, target string) probe.Measurement
	// Resolve resolves a name from inside a Pod.
	Resolve func(pod, name string) probe.Resolution
}

// Serve serves requests at the addresses of the cluster's Pods, and at 127.0.0.1 as the probe.
func (p Pods) Serve(t *testing.T, cluster *Cluster) *agents.Agents {
	t.Helper()
	names := map[string]string{"127.0.0.1": "explorer-0"}
	for _, workload := range cluster.Seen.Workloads {
		for _, pod := range workload.Pods {
			names[pod.IP] = pod.Name
		}
	}
	return Listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		var data any
		switch r.URL.Path {
		case "/measurement":
			measured := p.Measure(names[host], r.FormValue("url"))
			measured.URL, measured.From = r.FormValue("url"), names[host]
			data = measured
		case "/resolution":
			data = p.Resolve(names[host], r.FormValue("name"))
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
}

// Listen serves a handler at every loopback address, and returns agents that connect there.
func Listen(t *testing.T, handler http.Handler) *agents.Agents {
	t.Helper()
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return agents.New(peer.New("probe", "http://127.0.0.1:"+port), port)
}
