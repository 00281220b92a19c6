package story

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// probe is the other container of the explorer's Pod.
const probe = "probe"

// Localhost tells how the two containers of the explorer's Pod talk, and that nobody else can. The error is a
// *problem.Error with status 503 if the explorer's Pod is not known at the moment.
func (t *Teller) Localhost(ctx context.Context) (Story, error) {
	r := request{seen: t.cluster.Network(), policies: t.cluster.Policies(), topology: t.topology}
	for _, node := range t.topology.Nodes {
		if node.Kind == contract.ExplorerNode {
			r.from = node
		}
	}
	r.declared = contract.Call{From: r.from.Name, To: probe, Variable: "PROBE_URL"}
	r.to = contract.Node{Name: probe, Workload: r.from.Workload, URL: t.agents.Localhost()}
	r.target, _ = contract.ParseTarget(r.to.URL)
	told := Story{MeasuredAt: time.Now().UTC(), Names: []Name{}}
	why := t.measure(ctx, &r)
	if r.source.Pod.Name == "" {
		return Story{}, problem.New(http.StatusServiceUnavailable, "The explorer does not find its own Pod. %s", why)
	}
	told.Steps = []Step{r.pod()}
	if why != "" {
		told.Call, told.Steps[0].Problem = unknown(r, why), why
		return told, nil
	}
	told.Call = r.localCall()
	told.Steps = append(told.Steps, r.localName(), r.localConnection(), r.localAnswer())
	if told.Call.State == calls.Failing {
		told.Steps = told.Steps[:3]
		told.Steps[2].Problem = string(told.Call.Code) + ": " + told.Call.Detail
	}
	told.Steps = append(told.Steps, t.elsewhere(ctx, r))
	return told, nil
}

// localCall is as it was measured: no Service and no policy has to do with it.
func (r request) localCall() calls.Call {
	call := calls.Call{
		From: r.declared.From, To: probe, Variable: r.declared.Variable, URL: r.to.URL, State: calls.Working,
		Pod: r.source.Pod.Name, MeasuredAt: time.Now().UTC(),
	}
	call.Times = calls.TimesOf(r.measured)
	call.Milliseconds = call.Times.Total()
	if why := r.measured.Failure; why != nil {
		call.Times = calls.Times{}
		call.State, call.Code, call.Detail = calls.Failing, why.Code, why.Detail
	}
	return call
}

func (r request) pod() Step {
	workload, _ := r.seen.Workload(r.from.Workload)
	var containers []string
	for _, container := range workload.Containers {
		containers = append(containers, container.Name)
	}
	return Step{
		ID: "pod", Title: "Two containers share one network",
		Text: "All containers of a Pod are in one network namespace: they have one address, one set of ports, and one localhost. The explorer " +
			"has the probe's address, on localhost, in its variable PROBE_URL.",
		Facts: []Fact{{"Pod", r.source.Pod.Name}, {"Address", r.source.Pod.IP}, {"Containers", strings.Join(containers, ", ")}, {"PROBE_URL", r.to.URL}},
		Commands: []string{
			r.kubectl(`get pod %s -o jsonpath='{.spec.containers[*].name}{"\n"}{.status.podIP}{"\n"}'`, r.source.Pod.Name),
		},
	}
}

func (r request) localName() Step {
	step := Step{
		ID: "name", Title: "localhost needs no DNS",
		Text:  "The name stands in the file /etc/hosts, which the kubelet writes into every container: nobody is asked.",
		Facts: []Fact{{"Name", r.target.Host}},
	}
	if resolution := r.measured.Resolution; resolution != nil {
		step.Facts = append(step.Facts, Fact{"Addresses", addresses(resolution.Addresses)}, Fact{"DNS queries", fmt.Sprint(len(resolution.Queries))})
		step.Queries, step.Milliseconds = resolution.Queries, resolution.Milliseconds
	}
	if pod, found := databasePod(r.seen, r.topology); found {
		step.Commands = []string{r.kubectl("exec %s -- cat /etc/hosts   # the same first lines in every Pod", pod)}
	}
	return step
}

func (r request) localConnection() Step {
	step := r.connection()
	step.Text = "Both ends have a loopback address. No Service, no kube-proxy and no network policy is on the way: the packets do not leave the Pod."
	return step
}

func (r request) localAnswer() Step {
	step := r.answer()
	step.Text = "The probe listens on 127.0.0.1 alone, and answers."
	step.Commands = []string{r.kubectl("logs %s -c %s --tail=20", object(r.seen, r.from.Workload), probe)}
	return step
}

// elsewhere is the negative control: the same from a Pod of a service.
func (t *Teller) elsewhere(ctx context.Context, r request) Step {
	port := portText(r.target.Port)
	step := Step{
		ID: "elsewhere", Title: "From another Pod the same port is closed",
		Text: "Every Pod has a localhost of its own: there, nobody listens on this port. And at the address of the explorer's Pod it is closed, since " +
			"the probe listens on 127.0.0.1 alone.",
		Facts: []Fact{},
	}
	closed := fmt.Sprintf(`kubectl get --raw "/api/v1/namespaces/%s/pods/%s:%s/proxy/livez"   # refused, or dropped by the policies`, r.seen.Namespace, r.source.Pod.Name, port)
	step.Commands = []string{closed}
	if pod, found := databasePod(r.seen, r.topology); found {
		step.Commands = append(step.Commands, r.kubectl("exec %s -- nc -w 3 localhost %s   # refused", pod, port))
	}
	other, found := t.other(r.seen)
	if !found {
		step.Problem = "No Pod of a service runs that could try it."
		return step
	}
	step.Facts = append(step.Facts, Fact{"Asked from the Pod", other.Pod.Name})
	for _, url := range []string{r.to.URL, "tcp://" + net.JoinHostPort(r.source.Pod.IP, port)} {
		measured, err := t.agents.Measure(ctx, other, url)
		switch {
		case err != nil:
			step.Facts = append(step.Facts, Fact{url, err.Error()})
		case measured.Connection != nil:
			step.Problem = "A connection to " + url + " was made, which should not be possible."
			fallthrough
		default:
			step.Facts = append(step.Facts, Fact{url, outcome(measured)})
		}
	}
	return step
}

// other is a Pod of a service.
func (t *Teller) other(seen network.Network) (agents.Source, bool) {
	for _, node := range t.topology.Nodes {
		if node.Kind == contract.ServiceNode {
			if sources := t.agents.Sources(seen, node); len(sources) > 0 {
				return sources[0], true
			}
		}
	}
	return agents.Source{}, false
}
