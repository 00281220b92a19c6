package calls

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/measure"
)

const (
	// every is from the start of a round of measurements to that of the next while somebody looks, and idleEvery while
	// nobody has looked for interest.
	every     = 3 * time.Second
	idleEvery = 10 * time.Second
	interest  = time.Minute
	// blindEvery is while no Pod is known, as in the explorer's first moments: there is nobody to ask, and a look costs
	// nothing.
	blindEvery = 500 * time.Millisecond
	// roundTimeout is longer than one measurement may take, and atOnce as many as there are in a round of the demo.
	roundTimeout = 6 * time.Second
	atOnce       = 16
	// freshFor is until the next round is over, which may last as long as it can: what is older has not been measured for a
	// reason.
	freshFor = idleEvery + roundTimeout
)

// Cluster is what the observer knows of the cluster; a *network.Watcher is one.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Agents are the Pods that measure; *agents.Agents are.
type Agents interface {
	Sources(seen network.Network, node contract.Node) []agents.Source
	Measure(ctx context.Context, from agents.Source, target string) (measure.Measurement, error)
}

// Observer measures every declared call again and again.
type Observer struct {
	topology contract.Topology
	cluster  Cluster
	agents   Agents

	looked atomic.Int64  // when somebody looked last, in nanoseconds since 1970
	wake   chan struct{} // has one message when somebody looks again
	round  int           // counts the rounds, of which each takes another Pod of the caller

	mutex   sync.Mutex
	latest  []observed
	changed chan struct{}
	// unenforced is what Unenforced returns.
	unenforced string
}

// NewObserver returns an observer of the calls of a topology. Run has it measure.
func NewObserver(topology contract.Topology, cluster Cluster, agents Agents) *Observer {
	observer := &Observer{
		topology: topology, cluster: cluster, agents: agents,
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	for _, declared := range topology.Calls {
		to, _ := topology.Node(declared.To)
		observer.latest = append(observer.latest, observed{
			call:   Call{From: declared.From, To: declared.To, Variable: declared.Variable, URL: to.URL, State: Unknown},
			reason: "It is being measured for the first time.",
		})
	}
	return observer
}

// Calls are the calls in the order of the topology, as they were measured last. It never blocks.
func (o *Observer) Calls() []Call {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	calls := make([]Call, 0, len(o.latest))
	for _, one := range o.latest {
		calls = append(calls, one.asOf(time.Now()))
	}
	return calls
}

// Changed is closed when the next round of measurements is over. Ask for it before Calls, so that no round in between is
// missed, and again for the round after.
func (o *Observer) Changed() <-chan struct{} {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.changed
}

// Look says that somebody looks at the calls now. For a minute they are measured every 3 seconds, and otherwise every 10.
func (o *Observer) Look() {
	before := time.Unix(0, o.looked.Swap(time.Now().UnixNano()))
	if time.Since(before) > interest {
		select {
		case o.wake <- struct{}{}:
		default: // it is known
		}
	}
}

// Run measures until ctx ends. It returns nil.
func (o *Observer) Run(ctx context.Context) error {
	for {
		begin := time.Now()
		o.measure(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-time.After(time.Until(begin.Add(o.pace()))):
		}
	}
}

// pace is the time from the start of a round to that of the next.
func (o *Observer) pace() time.Duration {
	switch {
	case len(o.cluster.Network().Workloads) == 0:
		return blindEvery
	case time.Since(time.Unix(0, o.looked.Load())) <= interest:
		return every
	}
	return idleEvery
}

// measure is one round.
func (o *Observer) measure(ctx context.Context) {
	o.round++
	limited, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	results := make([]observed, len(o.latest))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, declared := range o.topology.Calls {
		group.Go(func() error {
			results[i] = o.observe(limited, declared, o.latest[i]) // nobody but this method writes there
			return nil
		})
	}
	var unenforced string
	group.Go(func() error {
		unenforced = o.control(limited)
		return nil
	})
	_ = group.Wait() // none returns an error
	if ctx.Err() != nil {
		return // the measurements were broken off, and say nothing
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.latest, o.unenforced = results, unenforced
	close(o.changed)
	o.changed = make(chan struct{})
}
