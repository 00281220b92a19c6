// Package agents asks Pods to measure: a service's Pod at a port that it has for this, and the explorer's own Pod through
// the probe, the other container there.
package agents

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/time/rate"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/measure"
	"example.com/kubernetes-networking/apps/internal/peer"
)

const (
	// askTimeout is for one measurement, which ends by itself after 4 s.
	askTimeout = 5 * time.Second
	// dialTimeout is that of a step of a measurement: a Pod that cannot be asked is told like one that cannot be reached.
	dialTimeout = 2 * time.Second
	// atOnce limits the measurements of matrices that run at the same time. Most of them wait for a timeout.
	atOnce = 128
	// burst is a whole matrix of a demo with three Pods a service, and perSecond has one with nine end in time. Pages that
	// ask for more wait.
	burst, perSecond = 500, 100
)

// Agents are the Pods that can be asked.
type Agents struct {
	probe *peer.Client
	port  string
	// own is the name of the Pod that this runs in.
	own      string
	http     *http.Client
	underWay chan struct{}
	// pages is the limit for what pages cause; limit is it, or nil for none.
	pages, limit *rate.Limiter
	gate         *gate
	// many is whether the measurements are those of a matrix.
	many bool
}

// New returns the agents: the probe, and the Pods of the services at measurePort.
func New(probe *peer.Client, measurePort string) *Agents {
	own, _ := os.Hostname() // without it no Pod is the own one, and Sources takes the first
	return &Agents{
		// A second try would be another measurement.
		probe: probe.Within(askTimeout, askTimeout), port: measurePort, own: own,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
				// Pods come and go. What is measured every few seconds keeps its connection, and no more is kept.
				MaxIdleConns: 64, MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second, DisableCompression: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		underWay: make(chan struct{}, atOnce),
		pages:    rate.NewLimiter(perSecond, burst),
		gate:     newGate(work),
	}
}

// ForPages returns the same agents with a limit that all of them share: pages that are opened, however many, cannot have
// the demo measure itself to death.
func (a *Agents) ForPages() *Agents {
	limited := *a
	limited.limit = a.pages
	return &limited
}

// ForMatrices returns agents like ForPages that measure a few connections at a time, and none while one is measured whose
// time is shown.
func (a *Agents) ForMatrices() *Agents {
	many := a.ForPages()
	many.many = true
	return many
}

// Localhost is where the probe listens, in the explorer's own Pod and nowhere else.
func (a *Agents) Localhost() string { return a.probe.URL() }

// MeasurePort is where the Pods of the services are asked.
func (a *Agents) MeasurePort() string { return a.port }

// Measure has a Pod connect to a target. The error says in a sentence why the Pod could not be asked; that a connection
// did not come about is no error.
func (a *Agents) Measure(ctx context.Context, from Source, target string) (measure.Measurement, error) {
	var measured measure.Measurement
	err := a.ask(ctx, from, question{"/measurement", "url", target}, &measured)
	return measured, err
}

// Resolve has a Pod resolve a name. Its error is like that of Measure.
func (a *Agents) Resolve(ctx context.Context, from Source, name string) (measure.Resolution, error) {
	var resolved measure.Resolution
	err := a.ask(ctx, from, question{"/resolution", "name", name}, &resolved)
	return resolved, err
}

// question is a request for a measurement.
type question struct{ path, parameter, value string }

func (a *Agents) ask(ctx context.Context, from Source, question question, into any) error {
	if a.limit != nil {
		if err := a.limit.Wait(ctx); err != nil {
			return explain(ctx, "The explorer is rate-limited. Try again in a few seconds.", err)
		}
	}
	leave, err := a.enter(ctx)
	if err != nil {
		return explain(ctx, "The explorer has too many measurements under way. Try again in a few seconds.", err)
	}
	defer leave()
	if from.Kind == contract.ExplorerNode {
		return a.askProbe(ctx, question, into)
	}
	return a.askPod(ctx, from.Pod, question, into)
}

// enter waits for the measurement's turn.
func (a *Agents) enter(ctx context.Context) (leave func(), err error) {
	if !a.many {
		return a.gate.alone(), nil
	}
	select {
	case a.underWay <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	next, err := a.gate.beside(ctx)
	if err != nil {
		<-a.underWay
		return nil, err
	}
	return func() {
		next()
		<-a.underWay
	}, nil
}
