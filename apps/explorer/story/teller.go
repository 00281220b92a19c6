package story

import (
	"context"
	"net/http"
	"slices"
	"time"

	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Cluster is the live state of the cluster; a *network.Watcher is one.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Teller tells stories.
type Teller struct {
	topology contract.Topology
	cluster  Cluster
	agents   *agents.Agents
}

// New returns a teller of the calls of a topology.
func New(topology contract.Topology, cluster Cluster, agents *agents.Agents) *Teller {
	return &Teller{topology: topology, cluster: cluster, agents: agents.ForPages()}
}

// request is one request, as it was measured, and what there is on its way.
type request struct {
	seen     network.Network
	policies []networking.NetworkPolicy
	topology contract.Topology
	declared contract.Call
	from, to contract.Node
	target   contract.Target
	source   agents.Source
	// port is where the source measures on request.
	port     string
	call     calls.Call
	measured measure.Measurement
}

// Tell measures a call from a Pod of the caller, and returns what happened on the way. A call that is not declared has a story as
// well, as long as the caller is a service or the explorer: it shows what denies it. The error is a *problem.Error with status
// 404 for other nodes. If the Pod does not measure, the story ends there without an error.
func (t *Teller) Tell(ctx context.Context, from, to string) (Story, error) {
	r := request{seen: t.cluster.Network(), policies: t.cluster.Policies(), topology: t.topology, declared: contract.Call{From: from, To: to}}
	var measures, exists bool
	r.from, measures = t.topology.Node(from)
	r.to, exists = t.topology.Node(to)
	if measures = measures && (r.from.Kind == contract.ServiceNode || r.from.Kind == contract.ExplorerNode); !measures || !exists {
		return Story{}, problem.New(http.StatusNotFound, "No Pod measures a call from %q to %q. The table at /matrix shows all calls that are measured.", from, to)
	}
	shown := Story{MeasuredAt: time.Now().UTC(), Names: []Name{}}
	at := slices.IndexFunc(t.topology.Calls, func(call contract.Call) bool { return call.From == from && call.To == to })
	if shown.Declared = at >= 0; shown.Declared {
		r.declared = t.topology.Calls[at]
	}
	r.target, _ = contract.ParseTarget(r.to.URL) // the topology has been checked when it was read
	why := t.measure(ctx, &r)
	if why.Detail != "" {
		shown.Call = unknown(r, why)
		shown.Steps = []Step{stopped(r.variable(), why)}
		return shown, nil
	}
	shown.Call, shown.Steps = r.call, r.steps()
	if r.measured.Resolution != nil {
		shown.Names = t.names(ctx, r)
	}
	return shown, nil
}

// measure fills in what is measured, or returns why it is not.
func (t *Teller) measure(ctx context.Context, r *request) (why diagnosis.Diagnosis) {
	sources := t.agents.Sources(r.seen, r.from)
	if len(sources) == 0 {
		return calls.NoPods(r.seen, r.from)
	}
	r.source, r.port = sources[0], t.agents.MeasurePort()
	if r.from.Kind == contract.ExplorerNode {
		probe, _ := contract.ParseTarget(t.agents.Localhost())
		r.port = portText(probe.Port)
	}
	var err error
	if r.measured, err = t.agents.Measure(ctx, r.source, r.to.URL); err != nil {
		return diagnosis.Diagnosis{Detail: err.Error()}
	}
	r.call = calls.New(t.cluster, t.topology, r.declared, r.measured)
	return diagnosis.Diagnosis{}
}

func unknown(r request, why diagnosis.Diagnosis) calls.Call {
	return calls.Call{
		From: r.declared.From, To: r.declared.To, Variable: r.declared.Variable, URL: r.to.URL, State: calls.Unknown,
		Detail: why.Detail, Command: why.Command,
	}
}

// stopped is a step that the request did not get past.
func stopped(step Step, why diagnosis.Diagnosis) Step {
	step.Problem = why.Detail
	if why.Command != "" {
		step.Commands = append([]Command{{Text: why.Command}}, step.Commands...)
	}
	return step
}

// steps are those that the request came to. The last one has the problem, if there is one.
func (r request) steps() []Step {
	steps := []Step{r.variable()}
	if r.measured.Resolution != nil {
		steps = append(steps, r.resolver(), r.queries())
	}
	if r.to.Kind != contract.ExternalNode {
		if service, found := r.seen.Service(r.to.Name); found {
			steps = append(steps, r.service(service), r.endpoints(service))
		}
	}
	steps = append(steps, r.policy(), r.connection(), r.answer())
	if r.call.Code == "" {
		return steps
	}
	at := slices.IndexFunc(steps, func(step Step) bool { return step.ID == r.failedAt() })
	if at < 0 { // what it failed at was there only after the steps were put together
		at = len(steps) - 1
	}
	steps[at].Problem = string(r.call.Code) + ": " + r.call.Detail
	if command := r.call.Command; command != "" && !slices.Contains(steps[at].Commands, Command{Text: command}) {
		steps[at].Commands = append([]Command{{Text: command}}, steps[at].Commands...)
	}
	return steps[:at+1]
}

// failedAt is the step that the request did not get past.
func (r request) failedAt() string {
	switch {
	case r.measured.Connection != nil:
		return "answer"
	case r.call.Code == failure.NoEndpoints:
		return "endpoints"
	case r.measured.Resolution != nil && r.measured.Resolution.Failure != nil:
		return "queries"
	case r.call.Code == failure.Policy:
		return "policy"
	default:
		return "connection"
	}
}
