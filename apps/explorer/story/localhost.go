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

// Localhost returns the story of the call between the two containers of the explorer's Pod. Its last step shows that no
// other Pod can reach the probe. The error is a *problem.Error with status 503 if the explorer's Pod is unknown.
func (b *Builder) Localhost(ctx context.Context) (Story, error) {
	r := request{seen: b.cluster.Network(), policies: b.cluster.Policies(), topology: b.topology}
	for _, node := range b.topology.Nodes {
		if node.Kind == contract.ExplorerNode {
			r.from = node
		}
	}
	r.declared = contract.Call{From: r.from.Name, To: contract.ProbeName, Variable: "PROBE_URL"}
	r.to = contract.Node{Name: contract.ProbeName, Workload: r.from.Workload, URL: b.agents.Localhost()}
	r.target, _ = contract.ParseTarget(r.to.URL)
	shown := Story{MeasuredAt: time.Now().UTC(), Declared: true, Names: []Name{}}
	why := b.measure(ctx, &r)
	if r.source.Pod.Name == "" {
		return Story{}, problem.New(http.StatusServiceUnavailable, "The explorer cannot find its own Pod. %s", why.Detail)
	}
	shown.Steps = []Step{r.pod()}
	if why.Detail != "" {
		shown.Call, shown.Steps[0] = unknown(r, why), stopped(shown.Steps[0], why)
		return shown, nil
	}
	shown.Call = r.localCall()
	shown.Steps = append(shown.Steps, r.localName(), r.localConnection(), r.localAnswer())
	if shown.Call.State == calls.Failing {
		shown.Steps = shown.Steps[:3]
		shown.Steps[2].Problem = string(shown.Call.Code) + ": " + shown.Call.Detail
	}
	shown.Steps = append(shown.Steps, b.elsewhere(ctx, r))
	return shown, nil
}

// localCall returns the call with its measurement. It needs no diagnosis: no Service and no policy affects it.
func (r request) localCall() calls.Call {
	call := calls.Call{
		From: r.declared.From, To: contract.ProbeName, Variable: r.declared.Variable, URL: r.to.URL, State: calls.Working,
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
		Text: "All containers of a Pod are in one network namespace: they share one address, one set of ports, and one " +
			"localhost. The explorer has the probe's URL, on localhost, in its variable PROBE_URL.",
		Facts: []Fact{{"Pod", r.source.Pod.Name}, {"Address", r.source.Pod.IP}, {"Containers", strings.Join(containers, ", ")}, {"PROBE_URL", r.to.URL}},
		Commands: []Command{
			r.kubectl(`get pod %s -o jsonpath='{.spec.containers[*].name}{"\n"}{.status.podIP}{"\n"}'`, r.source.Pod.Name),
		},
	}
}

func (r request) localName() Step {
	step := Step{
		ID: "name", Title: "localhost needs no DNS",
		Text:  "The name is in the file /etc/hosts, which the kubelet writes into every container: no DNS query is sent.",
		Facts: []Fact{{"Name", r.target.Host}},
	}
	if resolution := r.measured.Resolution; resolution != nil {
		step.Facts = append(step.Facts, Fact{"Addresses", addresses(resolution.Addresses)},
			Fact{"DNS queries", fmt.Sprint(len(resolution.Queries))})
		step.Queries, step.Milliseconds = resolution.Queries, resolution.Milliseconds
	}
	if pod, found := databasePod(r.seen, r.topology); found {
		step.Commands = []Command{r.kubectl("exec %s -- cat /etc/hosts", pod).noted("The first lines are the same in every Pod:")}
	}
	return step
}

func (r request) localConnection() Step {
	step := r.connection()
	step.Text = "Both ends have a loopback address. No Service, kube-proxy or network policy is involved: the packets " +
		"do not leave the Pod."
	return step
}

func (r request) localAnswer() Step {
	step := r.answer()
	step.Text = "The probe listens on 127.0.0.1 only. It answers its neighbour."
	step.Commands = []Command{r.kubectl("logs %s -c %s --tail=20", object(r.seen, r.from.Workload), contract.ProbeName)}
	return step
}

// elsewhere returns the negative control: the same connection from a Pod of a service.
func (b *Builder) elsewhere(ctx context.Context, r request) Step {
	port := portText(r.target.Port)
	step := Step{
		ID: "elsewhere", Title: "From another Pod the same port is closed",
		Text: "Every Pod has its own localhost: in another Pod nothing listens on this port. At the address of the " +
			"explorer's Pod the port is closed, because the probe listens on 127.0.0.1 only.",
		Facts: []Fact{},
	}
	closed := fmt.Sprintf(`kubectl get --raw '/api/v1/namespaces/%s/pods/%s:%s/proxy/livez' || echo closed`, r.seen.Namespace, r.source.Pod.Name, port)
	step.Commands = []Command{{closed, "The API server tries the Pod's address. The connection is refused, or the " +
		"policies drop it:"}}
	if pod, found := databasePod(r.seen, r.topology); found {
		step.Commands = append(step.Commands, r.kubectl("exec %s -- nc -w 3 localhost %s || echo closed", pod,
			port).noted("Another Pod tries its own localhost, where the connection is refused:"))
	}
	other, found := b.other(r.seen)
	if !found {
		step.Problem = "No Pod of a service is running to try it from."
		return step
	}
	step.Facts = append(step.Facts, Fact{"Tried from the Pod", other.Pod.Name})
	for _, url := range []string{r.to.URL, "tcp://" + net.JoinHostPort(r.source.Pod.IP, port)} {
		measured, err := b.agents.Measure(ctx, other, url)
		switch {
		case err != nil:
			step.Facts = append(step.Facts, Fact{url, err.Error()})
		case measured.Connection != nil:
			step.Problem = "A connection to " + url + " was made, although it must be impossible."
			fallthrough
		default:
			step.Facts = append(step.Facts, Fact{url, outcome(measured)})
		}
	}
	return step
}

// other returns a Pod of a service.
func (b *Builder) other(seen network.Network) (agents.Source, bool) {
	for _, node := range b.topology.Nodes {
		if node.Kind == contract.ServiceNode {
			if sources := b.agents.Sources(seen, node); len(sources) > 0 {
				return sources[0], true
			}
		}
	}
	return agents.Source{}, false
}
