package calls

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
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
	// changedAfter is from the start of a round to that of the next if the cluster changes and somebody looks.
	changedAfter = time.Second
	// roundTimeout is longer than one measurement may take, and atOnce as many as there are in a round of the demo. The
	// agents measure one after the other; what is under way at the same time waits for a timeout.
	roundTimeout = 6 * time.Second
	atOnce       = 16
	// freshFor is until the next round is over, which may last as long as it can: what is older has not been measured for a
	// reason.
	freshFor = idleEvery + roundTimeout
	// lostAfter is how long a measurement is shown that could not be repeated. It is two rounds: a Pod that is replaced costs
	// its call one.
	lostAfter = 2 * every
	// mostDisturbed is how many disturbed rounds follow each other before their times count: then the machine has become
	// slower for good.
	mostDisturbed = 5
)

// Cluster is the state of the cluster; a *network.Watcher is one.
type Cluster interface {
	diagnosis.Cluster
	// Changed is closed at the next change.
	Changed() <-chan struct{}
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
	// disturbed is how many rounds before this one were.
	disturbed int

	mutex   sync.Mutex
	latest  []observed
	rounds  int // how many are over
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
			reason: diagnosis.Diagnosis{Detail: "It is being measured for the first time."},
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

// Changed is closed when the state of a call changes, and when a round of measurements is over. Call it before Calls, so
// that no change in between is missed, and again for the change after.
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
		begin, changed, blind := time.Now(), o.cluster.Changed(), o.blind()
		o.measure(ctx)
		if !o.pause(ctx, begin, changed, blind) {
			return nil
		}
	}
}

// pause waits until the next round is due, and reports whether there is one.
func (o *Observer) pause(ctx context.Context, begin time.Time, changed <-chan struct{}, blind bool) bool {
	if !o.watched() {
		changed = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-o.wake:
	case <-time.After(time.Until(begin.Add(o.pace(blind)))):
	case <-changed:
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Until(begin.Add(changedAfter))):
		}
	}
	return true
}

// blind reports whether no Pod is known.
func (o *Observer) blind() bool { return len(o.cluster.Network().Workloads) == 0 }

// pace is the time from the start of a round to the start of the next. A round that began blind is repeated soon, also if
// the first Pods became known while it ran.
func (o *Observer) pace(blind bool) time.Duration {
	switch {
	case blind:
		return blindEvery
	case o.watched():
		return every
	}
	return idleEvery
}

// watched reports whether somebody has looked at the calls lately.
func (o *Observer) watched() bool { return time.Since(time.Unix(0, o.looked.Load())) <= interest }

// measure is one round.
func (o *Observer) measure(ctx context.Context) {
	o.round++
	limited, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	measured := make([]Times, len(o.latest))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, declared := range o.topology.Calls {
		group.Go(func() error {
			before := o.latest[i] // nobody but this method writes there
			now := o.observe(limited, declared, before)
			if now.reason.Detail == "" {
				measured[i] = now.call.Times
			}
			if ctx.Err() == nil {
				o.publish(i, now.withTimes())
			}
			return nil
		})
	}
	var unenforced string
	group.Go(func() error {
		unenforced = o.control(limited)
		return nil
	})
	_ = group.Wait()      // none returns an error
	if ctx.Err() == nil { // otherwise the measurements were broken off
		o.conclude(measured, unenforced)
	}
}

// publish shows how a call does as soon as it is measured: others of the round may still wait for a timeout.
func (o *Observer) publish(at int, now observed) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	before := o.latest[at].asOf(time.Now())
	o.latest[at] = now
	if after := now.asOf(time.Now()); before.State != after.State || before.Code != after.Code || before.Detail != after.Detail {
		o.announce()
	}
}

// conclude ends a round. Its times count unless it was disturbed.
func (o *Observer) conclude(measured []Times, unenforced string) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	var before []history
	for _, one := range o.latest {
		before = append(before, one.recent)
	}
	if disturbed(measured, before) {
		o.disturbed++
	} else {
		o.disturbed = 0
	}
	if o.disturbed > 0 && o.disturbed <= mostDisturbed {
		clear(measured)
	}
	for i, times := range measured {
		if times.Measurements > 0 {
			o.latest[i].recent = o.latest[i].recent.add(times)
			o.latest[i] = o.latest[i].withTimes()
		}
	}
	o.unenforced, o.rounds = unenforced, o.round
	o.announce()
}

// announce is called with the mutex locked.
func (o *Observer) announce() {
	close(o.changed)
	o.changed = make(chan struct{})
}
