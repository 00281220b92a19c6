package calls

import (
	"context"
	"fmt"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// observed is a call with its latest measurement.
type observed struct {
	call Call
	// recent holds the measurements behind the call's median time.
	recent history
	// reason is why later measurements were impossible; empty if there was none.
	reason diagnosis.Diagnosis
	// gone is true if no Pod can make the call: earlier measurements no longer count.
	gone bool
}

// asOf returns the call to show at now. A call whose measurement is too old is Unknown.
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
		shown.Detail = fmt.Sprintf("The last measurement was %d s ago. %s", int(age.Seconds()), o.reason.Detail)
	}
	return shown
}

// observe measures a call from the caller's next Pod.
func (o *Observer) observe(ctx context.Context, declared contract.Call, before observed) observed {
	seen := o.cluster.Network()
	from, _ := o.topology.Node(declared.From)
	to, _ := o.topology.Node(declared.To)
	sources := o.agents.Sources(seen, from)
	if len(sources) == 0 {
		return observed{call: before.call, reason: NoPods(seen, from), gone: true}
	}
	source := sources[o.round%len(sources)]
	measured, err := o.agents.Measure(ctx, source, to.URL)
	if err != nil {
		return observed{call: before.call, recent: before.recent, reason: diagnosis.Diagnosis{Detail: err.Error()}}
	}
	// New reads the cluster after the measurement, so that a change during it is taken into account.
	call := New(o.cluster, o.topology, declared, measured)
	if call.State != Working {
		return observed{call: call} // times from before a failure do not describe the network after it
	}
	return observed{call: call, recent: before.recent}
}

// withTimes sets the call's times to the median of the recent measurements. Without any, it keeps the latest
// measurement.
func (o observed) withTimes() observed {
	if usual := o.recent.median(); usual.Measurements > 0 && o.call.State == Working {
		o.call.Times, o.call.Milliseconds = usual, usual.Total()
	}
	return o
}

// New returns a declared call with the measurement, and the diagnosis if it failed.
func New(cluster diagnosis.Cluster, topology contract.Topology, declared contract.Call, measured probe.Measurement) Call {
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

// NoPods returns why no Pod can make the calls of a node.
func NoPods(seen network.Network, from contract.Node) diagnosis.Diagnosis {
	if seen.Problem != "" {
		return diagnosis.Diagnosis{Detail: "The Pods of " + from.Name + " are unknown. " + seen.Problem}
	}
	return diagnosis.Diagnosis{
		Detail:  fmt.Sprintf("No Pod of %s is running.", from.Name),
		Command: fmt.Sprintf("kubectl -n %s get pods -l app.kubernetes.io/name=%s", seen.Namespace, from.Workload),
	}
}
