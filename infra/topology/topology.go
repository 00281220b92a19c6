// Package topology holds the demo's call graph as data: the workloads of the namespace, and which of them calls what.
//
// Start with Of. Package env derives the calls from the environments of the apps. The network policies (package
// networkpolicy), the explorer's map and the stack's output "calls" are derived from the Graph.
package topology

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Graph is the call graph. Use Of to create one.
type Graph struct {
	Workloads []*Workload
	Calls     []Call
}

// Call is a declared call: the environment of From holds the address of To in this variable.
type Call struct {
	From     *Workload
	To       Peer
	Variable string
}

// Of returns the graph of these workloads and calls. It returns an error for each call from or to a workload that is
// not in the graph, and for each call to a workload that belongs to another one.
func Of(workloads []*Workload, calls ...[]Call) (Graph, error) {
	graph := Graph{Workloads: workloads, Calls: slices.Concat(calls...)}
	var problems []error
	for _, call := range graph.Calls {
		problems = append(problems, graph.check(call))
	}
	return graph, errors.Join(problems...)
}

func (g Graph) check(call Call) error {
	if !slices.Contains(g.Workloads, call.From) {
		return fmt.Errorf("%s has the variable %s, and is not among the workloads of the topology",
			call.From.Name, call.Variable)
	}
	callee, ok := call.To.(*Workload)
	switch {
	case !ok:
		return nil
	case !slices.Contains(g.Workloads, callee):
		return fmt.Errorf("%s calls %s, which is not among the workloads of the topology", call.From.Name, callee.Name)
	case callee.Owner != nil && callee.Owner != call.From:
		return fmt.Errorf("%s calls %s, which belongs to %s alone: give each service a database of its own",
			call.From.Name, callee.Name, callee.Owner.Name)
	}
	return nil
}

// Summary returns what each workload calls, by the name of the caller's Service: the names and ports of Services,
// separated by spaces. Each caller has one line, because pulumi prints each value of a nested output on a line of its
// own.
func (g Graph) Summary() pulumi.Map {
	calls := map[string][]any{}
	add := func(from string, to Peer) {
		host, port := to.address()
		calls[from] = append(calls[from], pulumi.Sprintf("%s:%d", host, port))
	}
	for _, workload := range g.Workloads {
		if workload.Public {
			add("outside", workload)
		}
	}
	for _, call := range g.Calls {
		add(call.From.Name, call.To)
	}
	summary := pulumi.Map{}
	for from, called := range calls {
		summary[from] = pulumi.Sprintf(strings.TrimSuffix(strings.Repeat("%s ", len(called)), " "), called...)
	}
	return summary
}
