package calls

import (
	"context"
	"fmt"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// observed is a call as it was measured last.
type observed struct {
	call Call
	// recent are the measurements that the call's time is the median of.
	recent history
	// reason is why it could not be measured since; empty if it could.
	reason diagnosis.Diagnosis
	// gone says that there is nobody who could make the call: what was measured before does not count any more.
	gone bool
}

// asOf is the call as it is to be shown at a moment.
func (o observed) asOf(now time.Time) Call {
	age := now.Sub(o.call.MeasuredAt)
	valid := freshFor
	if o.reason.Detail != "" {
		valid = lostAfter
	}
	if !o.gone && age <= valid {
		return o.call
	}
	shown := o.call
	shown.fail(diagnosis.Diagnosis{Detail: o.reason.Detail, Command: o.reason.Command})
	shown.State, shown.Milliseconds, shown.Times = Unknown, 0, Times{}
	if !shown.MeasuredAt.IsZero() && !o.gone {
		shown.Detail = fmt.Sprintf("It was measured %d s ago for the last time. %s", int(age.Seconds()), o.reason.Detail)
	}
	return shown
}

// observe measures a call from the next of the caller's Pods.
func (o *Observer) observe(ctx context.Context, declared contract.Call, before observed) observed {
	seen := o.cluster.Network()
	from, _ := o.topology.Node(declared.From)
	to, _ := o.topology.Node(declared.To)
	sources := o.agents.Sources(seen, from)
	if len(sources) == 0 {
		return observed{call: before.call, reason: Nobody(seen, from), gone: true}
	}
	source := sources[o.round%len(sources)]
	measured, err := o.agents.Measure(ctx, source, to.URL)
	if err != nil {
		return observed{call: before.call, recent: before.recent, reason: diagnosis.Diagnosis{Detail: err.Error()}}
	}
	// With the cluster as it is after the measurement: if it has changed meanwhile, that is what is so from now on.
	call := New(o.cluster, o.topology, declared, measured)
	if call.State != Working {
		return observed{call: call} // what was measured before the failure is the time of another network
	}
	return observed{call: call, recent: before.recent}
}

// withTimes shows the median of the recent measurements. The first measurement of a call is shown at once.
func (o observed) withTimes() observed {
	if usual := o.recent.median(); usual.Measurements > 0 && o.call.State == Working {
		o.call.Times, o.call.Milliseconds = usual, usual.Total()
	}
	return o
}

// New is a declared call, as it was measured just now.
func New(cluster diagnosis.Cluster, topology contract.Topology, declared contract.Call, measured measure.Measurement) Call {
	from, _ := topology.Node(declared.From)
	to, _ := topology.Node(declared.To)
	call := Call{
		From: declared.From, To: declared.To, Variable: declared.Variable, URL: to.URL,
		State: Working, Milliseconds: measured.Milliseconds, Pod: measured.From, MeasuredAt: time.Now().UTC(),
	}
	if measured.Failure != nil {
		call.fail(diagnosis.Of(cluster.Network(), cluster.Policies(), topology, from, to, measured))
		return call
	}
	call.Times = TimesOf(measured)
	call.Milliseconds = call.Times.Total()
	return call
}

// Nobody explains why no Pod can make the calls of a node.
func Nobody(seen network.Network, from contract.Node) diagnosis.Diagnosis {
	if seen.Problem != "" {
		return diagnosis.Diagnosis{Detail: "The Pods of " + from.Name + " are not known. " + seen.Problem}
	}
	return diagnosis.Diagnosis{
		Detail:  fmt.Sprintf("No Pod of %s runs that could make the call.", from.Name),
		Command: fmt.Sprintf("kubectl -n %s get pods -l app.kubernetes.io/name=%s", seen.Namespace, from.Workload),
	}
}
