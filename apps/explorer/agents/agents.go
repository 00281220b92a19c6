// Package agents measures connections and names from inside the demo's Pods. It sends requests to a service's Pod at
// its probe port, and to the explorer's own Pod through the probe, its sidecar. Packages calls, prover and story use
// it.
//
// Start with [Agents.Measure]. The gate keeps measurements from slowing each other down.
package agents

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/time/rate"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/probe"
)

const (
	// requestTimeout bounds the request for one measurement, which the Pod itself ends after 4 s.
	requestTimeout = 5 * time.Second
	// dialTimeout equals the Pods' own timeout for connecting.
	dialTimeout = 2 * time.Second
	// maxBulk limits the concurrent measurements of matrices. Most of them wait for a timeout.
	maxBulk = 128
	// burst allows a whole matrix of a demo with three Pods per service. perSecond lets a matrix with nine Pods per
	// service finish in time. Requests of pages above the limit wait.
	burst, perSecond = 500, 100
)

// Agents sends requests for measurements to Pods.
type Agents struct {
	probe *peer.Client
	port  string
	// own is the name of the Pod that this process runs in.
	own  string
	http *http.Client
	// slots holds one element for each measurement of a matrix in flight.
	slots chan struct{}
	// pages limits the measurements of all pages together. limiter is pages, or nil for no limit.
	pages, limiter *rate.Limiter
	gate           *gate
	// bulk marks the agents of a matrix.
	bulk bool
}

// New returns agents that use the probe for the explorer's own Pod, and probePort for the Pods of the services.
func New(probe *peer.Client, probePort string) *Agents {
	own, _ := os.Hostname() // without a host name, Sources returns the explorer's first Pod
	return &Agents{
		// The client must not retry: a retry is another measurement.
		probe: probe.Within(requestTimeout, requestTimeout), port: probePort, own: own,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
				// Measurements that repeat every few seconds reuse their connections. Connections to deleted Pods expire.
				MaxIdleConns: 64, MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second, DisableCompression: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slots: make(chan struct{}, maxBulk),
		pages: rate.NewLimiter(perSecond, burst),
		gate:  newGate(maxHold),
	}
}

// ForPages returns agents with a rate limit that all pages share: many open pages cannot overload the demo with
// measurements.
func (a *Agents) ForPages() *Agents {
	limited := *a
	limited.limiter = a.pages
	return &limited
}

// ForMatrices returns agents like those of ForPages that measure few connections at a time, and none during a
// measurement whose time is shown.
func (a *Agents) ForMatrices() *Agents {
	bulk := a.ForPages()
	bulk.bulk = true
	return bulk
}

// Localhost returns the URL of the probe. It is on localhost, so that only the explorer's own Pod can reach it.
func (a *Agents) Localhost() string { return a.probe.URL() }

// ProbePort returns the port at which the Pods of the services accept requests for measurements.
func (a *Agents) ProbePort() string { return a.port }

// Measure connects to a target from inside a Pod. A failed connection is not an error: the Measurement holds it. The
// error is a sentence for a person: why the Pod did not measure.
func (a *Agents) Measure(ctx context.Context, from Source, target string) (probe.Measurement, error) {
	var measured probe.Measurement
	err := a.send(ctx, from, query{"/measurement", "url", target}, &measured)
	return measured, err
}

// Resolve resolves a name from inside a Pod. Its error is like the error of Measure.
func (a *Agents) Resolve(ctx context.Context, from Source, name string) (probe.Resolution, error) {
	var resolved probe.Resolution
	err := a.send(ctx, from, query{"/resolution", "name", name}, &resolved)
	return resolved, err
}

// query is the path and the only parameter of a request for a measurement.
type query struct{ path, parameter, value string }

func (a *Agents) send(ctx context.Context, from Source, query query, into any) error {
	if a.limiter != nil {
		if err := a.limiter.Wait(ctx); err != nil {
			return newRequestError(ctx, "The explorer is rate-limited. Try again in a few seconds.", err)
		}
	}
	release, err := a.acquire(ctx)
	if err != nil {
		return newRequestError(ctx, "Too many measurements are running. Try again in a few seconds.", err)
	}
	defer release()
	if from.Kind == contract.ExplorerNode {
		return a.sendToProbe(ctx, query, into)
	}
	return a.sendToPod(ctx, from.Pod, query, into)
}

// acquire blocks until the measurement may start.
func (a *Agents) acquire(ctx context.Context) (release func(), err error) {
	if !a.bulk {
		return a.gate.exclusive(), nil
	}
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	releaseGate, err := a.gate.shared(ctx)
	if err != nil {
		<-a.slots
		return nil, err
	}
	return func() {
		releaseGate()
		<-a.slots
	}, nil
}
