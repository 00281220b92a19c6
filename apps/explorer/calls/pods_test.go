package calls_test

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// pods is a fake of the Pods that measure.
type pods struct {
	*agents.Agents // implements Sources

	mutex       sync.Mutex
	hang        bool
	gone        bool                        // the cluster has no Pods
	failures    map[string]*failure.Failure // by URL
	unreachable map[string]error            // by Pod
	takes       float64                     // milliseconds of a measurement that works
	slow        map[string]float64          // overrides takes, by URL
	waits       map[string]time.Duration    // by URL
	measured    []string
}

func (p *pods) Sources(seen network.Network, node contract.Node) []agents.Source {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.gone {
		return nil
	}
	return p.Agents.Sources(seen, node)
}

func (p *pods) Measure(ctx context.Context, from agents.Source, target string) (probe.Measurement, error) {
	time.Sleep(10 * time.Millisecond) // of fake time: the test's changes take effect before it ends
	if p.hangs() {
		<-ctx.Done()
		return probe.Measurement{}, ctx.Err()
	}
	p.mutex.Lock()
	wait := p.waits[target]
	p.mutex.Unlock()
	time.Sleep(wait)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.measured = append(p.measured, from.Pod.Name+" "+target)
	if err := p.unreachable[from.Pod.Name]; err != nil {
		return probe.Measurement{}, err
	}
	took := cmp.Or(p.slow[target], p.takes)
	measured := probe.Measurement{From: from.Pod.Name, Milliseconds: took, Failure: p.failures[target]}
	if measured.Failure == nil {
		measured.Connection = &probe.Connection{Milliseconds: took}
	}
	return measured, nil
}

// failing makes a target refuse connections. The caller holds the mutex.
func (p *pods) failing(target string) {
	p.failures[target] = &failure.Failure{Code: failure.Refused, Detail: "Refused."}
}

func (p *pods) hangs() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.hang
}

func (p *pods) set(change func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	change()
}

// rounds returns how often the explorer, which has one Pod, measured clients.
func (p *pods) rounds() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	count := 0
	for _, one := range p.measured {
		if one == "explorer-0 http://clients.demo.svc:80" {
			count++
		}
	}
	return count
}

// latecomer is a cluster that is unknown until a test sets known.
type latecomer struct {
	*demotest.Cluster
	known atomic.Bool
}

func (l *latecomer) Network() network.Network {
	if l.known.Load() {
		return l.Cluster.Network()
	}
	return network.Network{Problem: "The Kubernetes API has not answered yet."}
}

// nextRound blocks until another round has ended.
func nextRound(observer *calls.Observer) {
	before := observer.Rounds()
	for {
		changed := observer.Changed()
		if observer.Rounds() > before {
			return
		}
		<-changed
	}
}

// observe runs an observer in the fake time of synctest.
func observe(t *testing.T, cluster calls.Cluster, test func(*calls.Observer, *pods)) {
	t.Helper()
	source := agents.New(peer.New("probe", "http://probe.invalid"), "8082") // never connects
	synctest.Test(t, func(t *testing.T) {
		fake := &pods{Agents: source, takes: 1, failures: map[string]*failure.Failure{}, unreachable: map[string]error{}}
		observer := calls.NewObserver(demotest.Topology(), cluster, fake)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- observer.Run(ctx) }()
		test(observer, fake)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}
