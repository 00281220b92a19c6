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
	"example.com/kubernetes-networking/apps/internal/probe"
)

const (
	// every is the time between the starts of two rounds. It becomes idleEvery when no view was recorded for viewedFor.
	every     = 3 * time.Second
	idleEvery = 10 * time.Second
	viewedFor = time.Minute
	// emptyEvery applies while no Pod is known, as just after the explorer's start. Such a round sends no request.
	emptyEvery = 500 * time.Millisecond
	// changedAfter is the shortest time between the starts of two rounds when the cluster changes and somebody views the
	// calls.
	changedAfter = time.Second
	// roundTimeout exceeds the longest measurement. maxConcurrent covers all calls of the demo: the agents measure one at
	// a time, and concurrent measurements wait for a timeout.
	roundTimeout  = 6 * time.Second
	maxConcurrent = 16
	// freshFor is how long a measurement is valid: until the slowest next round has ended.
	freshFor = idleEvery + roundTimeout
	// lostAfter is how long a measurement stays visible when repeating it fails: two rounds, because the replacement of a
	// Pod costs one.
	lostAfter = 2 * every
	// maxDisturbed is how many disturbed rounds in a row are ignored. After them, the machine is assumed to be slow for
	// good.
	maxDisturbed = 5
)

// Cluster is the state of the cluster. *network.Watcher implements it.
type Cluster interface {
	diagnosis.Cluster
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
}

// Agents measures from inside Pods. *agents.Agents implements it.
type Agents interface {
	Sources(seen network.Network, node contract.Node) []agents.Source
	Measure(ctx context.Context, from agents.Source, target string) (probe.Measurement, error)
}

// Observer measures every declared call periodically.
type Observer struct {
	topology contract.Topology
	cluster  Cluster
	agents   Agents

	viewed atomic.Int64  // the time of the last view, in nanoseconds since 1970
	wake   chan struct{} // receives a message at the first view after viewedFor
	round  int           // the number of the round, which selects the caller's Pod
	// disturbed counts the disturbed rounds in a row.
	disturbed int

	mutex      sync.Mutex
	latest     []observed
	rounds     int // completed rounds
	changed    chan struct{}
	unenforced string
}

// NewObserver returns an observer of the calls of a topology. It measures while Run runs.
func NewObserver(topology contract.Topology, cluster Cluster, agents Agents) *Observer {
	observer := &Observer{
		topology: topology, cluster: cluster, agents: agents,
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	for _, declared := range topology.Calls {
		to, _ := topology.Node(declared.To)
		observer.latest = append(observer.latest, observed{
			call:   Call{From: declared.From, To: declared.To, Variable: declared.Variable, URL: to.URL, State: Unknown},
			reason: diagnosis.Diagnosis{Detail: "The first measurement has not finished."},
		})
	}
	return observer
}

// Calls returns the calls in the order of the topology, with their latest measurements. It never blocks.
func (o *Observer) Calls() []Call {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	calls := make([]Call, 0, len(o.latest))
	for _, one := range o.latest {
		calls = append(calls, one.asOf(time.Now()))
	}
	return calls
}

// Changed returns a channel that is closed when the state of a call changes, and when a round has ended. Call Changed
// before Calls, so that no change in between is missed.
func (o *Observer) Changed() <-chan struct{} {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.changed
}

// RecordView records that somebody views the calls. For a minute they are measured every 3 seconds instead of every 10.
func (o *Observer) RecordView() {
	before := time.Unix(0, o.viewed.Swap(time.Now().UnixNano()))
	if time.Since(before) > viewedFor {
		select {
		case o.wake <- struct{}{}:
		default: // already pending
		}
	}
}

// Run measures until ctx ends. It returns nil.
func (o *Observer) Run(ctx context.Context) error {
	for {
		begin, changed, empty := time.Now(), o.cluster.Changed(), o.empty()
		o.measure(ctx)
		if !o.pause(ctx, begin, changed, empty) {
			return nil
		}
	}
}

// pause blocks until the next round is due. It returns false when ctx ends.
func (o *Observer) pause(ctx context.Context, begin time.Time, changed <-chan struct{}, empty bool) bool {
	if !o.watched() {
		changed = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-o.wake:
	case <-time.After(time.Until(begin.Add(o.pace(empty)))):
	case <-changed:
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Until(begin.Add(changedAfter))):
		}
	}
	return true
}

// empty reports whether the cluster has no workloads yet.
func (o *Observer) empty() bool { return len(o.cluster.Network().Workloads) == 0 }

// pace returns the time between the starts of two rounds. It is short if the first round began without workloads, even if
// some have started since.
func (o *Observer) pace(empty bool) time.Duration {
	switch {
	case empty:
		return emptyEvery
	case o.watched():
		return every
	}
	return idleEvery
}

// watched reports whether a view was recorded within viewedFor.
func (o *Observer) watched() bool { return time.Since(time.Unix(0, o.viewed.Load())) <= viewedFor }

// measure runs one round.
func (o *Observer) measure(ctx context.Context) {
	o.round++
	limited, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	measured := make([]Times, len(o.latest))
	var group errgroup.Group
	group.SetLimit(maxConcurrent)
	for i, declared := range o.topology.Calls {
		group.Go(func() error {
			before := o.latest[i] // no lock: only this method writes latest
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
	_ = group.Wait()      // the functions return nil
	if ctx.Err() == nil { // otherwise the round is incomplete
		o.conclude(measured, unenforced)
	}
}

// publish stores the measurement of a call at once: other calls of the round may still wait for a timeout.
func (o *Observer) publish(at int, now observed) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	before := o.latest[at].asOf(time.Now())
	o.latest[at] = now
	if after := now.asOf(time.Now()); before.State != after.State || before.Code != after.Code ||
		before.Detail != after.Detail {
		o.announce()
	}
}

// conclude ends a round. It adds the measured times to the calls' histories, unless the round was disturbed.
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
	if o.disturbed > 0 && o.disturbed <= maxDisturbed {
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

// announce closes the channel of Changed. The caller holds the mutex.
func (o *Observer) announce() {
	close(o.changed)
	o.changed = make(chan struct{})
}
