package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// observeTimeout bounds one request to the explorer.
	observeTimeout = 3 * time.Second
	// firstRound is how long a new explorer takes for its first measurements.
	firstRound = 5 * time.Second
)

// observation is the state of the demo.
type observation struct {
	// headline is the state in a few words, problem what is wrong with it, empty for nothing.
	headline, problem string
	// policies is whether network policies are enforced, as the explorer has measured it, unenforced the reason if they
	// are not.
	policies, unenforced string
	stopped              bool
}

// topology is the part of the explorer's /topology.json that is read here. Package contract has the full type, but would
// add dependencies to this program, which a fresh machine compiles first.
type topology struct {
	Topology   struct{ Nodes []struct{ Kind string } }
	Unenforced string
	Network    struct {
		Problem   string
		Workloads []struct {
			Name           string
			Desired, Ready int
		}
	}
	Calls []struct{ State string }
}

// observe requests the state of the demo from the explorer. It waits up to firstRound for the first measurements.
func (s *Stack) observe(ctx context.Context, outputs map[string]any) observation {
	explorer, err := givenExplorer()
	if err != nil {
		return observation{headline: "The demo is deployed.", problem: fmt.Sprintf("%v.", err), policies: "not measured"}
	}
	if explorer == "" {
		explorer, _ = outputs[explorerOutput].(string)
		if !slices.Contains(urlsFromHere(outputs), explorer) {
			return observation{headline: "The demo is deployed.", policies: "see " + makeCommand("verify")}
		}
	}
	t, err := requestTopology(ctx, explorer)
	for deadline := time.Now().Add(firstRound); err == nil && !t.measured() && time.Now().Before(deadline); {
		select {
		case <-time.After(awaitPeriod):
			t, err = requestTopology(ctx, explorer)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return s.unanswered(ctx, explorer, err)
	}
	found := observation{headline: "The demo runs.", unenforced: t.Unenforced, policies: t.policies()}
	if unready := t.unready(); unready != "" {
		found.headline = "The demo runs in part: " + unready + "."
	}
	if lab := labOf(outputs); lab != "" {
		found.headline = "The demo runs, and a lab breaks it."
	}
	return found
}

// unanswered returns the state of a demo whose explorer does not answer.
func (s *Stack) unanswered(ctx context.Context, explorer string, why error) observation {
	if stackName() == devStack {
		ctx, cancel := context.WithTimeout(ctx, observeTimeout)
		defer cancel()
		if _, err := s.Output(ctx, nil, "kubectl", "get", "--raw", "/readyz", "--request-timeout=2s"); err != nil {
			return observation{
				headline: "The demo is stopped.", problem: "The cluster does not run. Its data is kept.",
				policies: "not measured", stopped: true,
			}
		}
	}
	return observation{
		headline: "The demo does not answer.",
		problem: fmt.Sprintf("The explorer at %s: %v. See its Pod: kubectl get pods -A, in %s; %s repairs what was changed.",
			withoutCredentials(explorer), why, makeCommand("shell"), makeCommand("up")),
		policies: "not measured",
	}
}

func requestTopology(ctx context.Context, explorer string) (topology, error) {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	status, body, err := get(ctx, explorer, "/topology.json")
	if err != nil {
		return topology{}, err
	}
	if status != http.StatusOK {
		return topology{}, fmt.Errorf("%d %s", status, http.StatusText(status))
	}
	var t topology
	if err := decode(body, &t); err != nil {
		return topology{}, errors.New("the answer is not the explorer's")
	}
	return t, nil
}

func (t topology) measured() bool {
	return slices.ContainsFunc(t.Calls, func(call struct{ State string }) bool { return call.State != "unknown" })
}

// policies returns "enforced" if the explorer tried a connection that is not declared, and it failed. The explorer
// tries those to the demo's own databases.
func (t topology) policies() string {
	own := slices.ContainsFunc(t.Topology.Nodes, func(node struct{ Kind string }) bool { return node.Kind == "database" })
	switch {
	case t.Unenforced != "":
		return "NOT enforced"
	case !t.measured() || !own:
		return "see " + makeCommand("verify")
	}
	return "enforced"
}

// unready lists in words the workloads with Pods that are not ready.
func (t topology) unready() string {
	var parts []string
	for _, workload := range t.Network.Workloads {
		if workload.Ready < workload.Desired {
			parts = append(parts, fmt.Sprintf("%d of %d Pods of %s are ready", workload.Ready, workload.Desired, workload.Name))
		}
	}
	if t.Network.Problem != "" {
		parts = append(parts, "its Pods are not known")
	}
	return strings.Join(parts, ", ")
}
