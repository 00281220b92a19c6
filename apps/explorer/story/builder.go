package story

import (
	"context"
	"net/http"
	"slices"
	"time"

	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Builder measures calls and builds their stories.
type Builder struct {
	topology contract.Topology
	cluster  diagnosis.Cluster
	agents   *agents.Agents
}

// New returns a builder for the calls of a topology.
func New(topology contract.Topology, cluster diagnosis.Cluster, agents *agents.Agents) *Builder {
	return &Builder{topology: topology, cluster: cluster, agents: agents.ForPages()}
}

// request is a measured request, with the state of the cluster.
type request struct {
	seen     network.Network
	policies []networking.NetworkPolicy
	topology contract.Topology
	declared contract.Call
	from, to contract.Node
	target   contract.Target
	source   agents.Source
	// port is the probe port of the source.
	port     string
	call     calls.Call
	measured probe.Measurement
}

// Call measures a call from a Pod of the caller, and returns its story. The caller must be a service or the explorer.
// The call need not be declared: the story then shows why it is denied. For other nodes the error is a *problem.Error
// with status 404. If the Pod cannot measure, Call returns a story of one step and no error.
func (b *Builder) Call(ctx context.Context, from, to string) (Story, error) {
	r := request{seen: b.cluster.Network(), policies: b.cluster.Policies(), topology: b.topology, declared: contract.Call{From: from, To: to}}
	var measures, exists bool
	r.from, measures = b.topology.Node(from)
	r.to, exists = b.topology.Node(to)
	measures = measures && (r.from.Kind == contract.ServiceNode || r.from.Kind == contract.ExplorerNode)
	if !measures || !exists {
		return Story{}, problem.New(http.StatusNotFound, "No Pod measures a call from %q to %q. The table at /matrix "+
			"shows all calls that are measured.", from, to)
	}
	shown := Story{MeasuredAt: time.Now().UTC(), Names: []Name{}}
	at := slices.IndexFunc(b.topology.Calls, func(call contract.Call) bool { return call.From == from && call.To == to })
	if shown.Declared = at >= 0; shown.Declared {
		r.declared = b.topology.Calls[at]
	}
	r.target, _ = contract.ParseTarget(r.to.URL) // ParseTopology has validated the URL
	why := b.measure(ctx, &r)
	if why.Detail != "" {
		shown.Call = unknown(r, why)
		shown.Steps = []Step{stopped(r.variable(), why)}
		return shown, nil
	}
	shown.Call, shown.Steps = r.call, r.steps()
	if r.measured.Resolution != nil {
		shown.Names = b.names(ctx, r)
	}
	return shown, nil
}

// measure fills in the measurement. It returns a diagnosis if the call could not be measured.
func (b *Builder) measure(ctx context.Context, r *request) (why diagnosis.Diagnosis) {
	sources := b.agents.Sources(r.seen, r.from)
	if len(sources) == 0 {
		return calls.NoPods(r.seen, r.from)
	}
	r.source, r.port = sources[0], b.agents.ProbePort()
	if r.from.Kind == contract.ExplorerNode {
		local, _ := contract.ParseTarget(b.agents.Localhost())
		r.port = portText(local.Port)
	}
	var err error
	if r.measured, err = b.agents.Measure(ctx, r.source, r.to.URL); err != nil {
		return diagnosis.Diagnosis{Detail: err.Error()}
	}
	r.call = calls.New(b.cluster, b.topology, r.declared, r.measured)
	return diagnosis.Diagnosis{}
}

func unknown(r request, why diagnosis.Diagnosis) calls.Call {
	return calls.Call{
		From: r.declared.From, To: r.declared.To, Variable: r.declared.Variable, URL: r.to.URL, State: calls.Unknown,
		Detail: why.Detail, Command: why.Command,
	}
}

// stopped returns a step with the problem at which the request ended.
func stopped(step Step, why diagnosis.Diagnosis) Step {
	step.Problem = why.Detail
	if why.Command != "" {
		step.Commands = append([]Command{{Text: why.Command}}, step.Commands...)
	}
	return step
}

// steps returns the steps that the request reached. The last one has the problem, if there is one.
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
	if at < 0 { // for example, the Service did not exist when the request was measured
		at = len(steps) - 1
	}
	steps[at].Problem = string(r.call.Code) + ": " + r.call.Detail
	if command := r.call.Command; command != "" && !slices.Contains(steps[at].Commands, Command{Text: command}) {
		steps[at].Commands = append([]Command{{Text: command}}, steps[at].Commands...)
	}
	return steps[:at+1]
}

// failedAt returns the id of the step at which the request failed.
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
