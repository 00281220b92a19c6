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
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Cluster is what the teller knows of the cluster; a *network.Watcher is one.
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
	// port is where the source can be asked to measure.
	port     string
	call     calls.Call
	measured measure.Measurement
}

// Tell measures a declared call from a Pod of the caller, and tells what happened on the way. The error is a
// *problem.Error with status 404 if no such call is declared. A Pod that cannot be asked is no error: the story ends there.
func (t *Teller) Tell(ctx context.Context, from, to string) (Story, error) {
	at := slices.IndexFunc(t.topology.Calls, func(call contract.Call) bool { return call.From == from && call.To == to })
	if at < 0 {
		return Story{}, problem.New(http.StatusNotFound, "No call from %q to %q is declared. The map shows those that are.", from, to)
	}
	r := request{seen: t.cluster.Network(), policies: t.cluster.Policies(), topology: t.topology, declared: t.topology.Calls[at]}
	r.from, _ = t.topology.Node(from)
	r.to, _ = t.topology.Node(to)
	r.target, _ = contract.ParseTarget(r.to.URL) // the topology has been checked when it was read
	told := Story{MeasuredAt: time.Now().UTC(), Names: []Name{}}
	why := t.measure(ctx, &r)
	if why != "" {
		told.Call = unknown(r, why)
		variable := r.variable()
		variable.Problem = why
		told.Steps = []Step{variable}
		return told, nil
	}
	told.Call, told.Steps = r.call, r.steps()
	if r.measured.Resolution != nil {
		told.Names = t.names(ctx, r)
	}
	return told, nil
}

// measure fills in what is measured, or returns why it is not.
func (t *Teller) measure(ctx context.Context, r *request) (why string) {
	sources := t.agents.Sources(r.seen, r.from)
	if len(sources) == 0 {
		return calls.Nobody(r.seen, r.from)
	}
	r.source, r.port = sources[0], t.agents.MeasurePort()
	if r.from.Kind == contract.ExplorerNode {
		probe, _ := contract.ParseTarget(t.agents.Localhost())
		r.port = portText(probe.Port)
	}
	var err error
	if r.measured, err = t.agents.Measure(ctx, r.source, r.to.URL); err != nil {
		return err.Error()
	}
	r.call = calls.New(t.cluster, t.topology, r.declared, r.measured)
	return ""
}

func unknown(r request, why string) calls.Call {
	return calls.Call{
		From: r.declared.From, To: r.declared.To, Variable: r.declared.Variable, URL: r.to.URL, State: calls.Unknown, Detail: why,
	}
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
	if command := r.call.Command; command != "" && !slices.Contains(steps[at].Commands, command) {
		steps[at].Commands = append([]string{command}, steps[at].Commands...)
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
