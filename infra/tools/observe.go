package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	// observeLimit bounds one request to the explorer.
	observeLimit = 3 * time.Second
	// firstRound is how long a new explorer takes for its first measurements.
	firstRound = 5 * time.Second
)

// observation is what can be known of the demo without waiting for a measurement.
type observation struct {
	// headline is the state of the demo in a few words, and problem what is wrong; empty for nothing.
	headline, problem string
	// policies is whether network policies are enforced, as the explorer has measured it, and unenforced why they are not.
	policies, unenforced string
	stopped              bool
}

// picture is what the explorer returns to programs.
type picture struct {
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

// observe asks the explorer.
func (b *builder) observe(ctx context.Context, outputs map[string]any) observation {
	explorer := strings.TrimSuffix(os.Getenv(explorerVariable), "/")
	if explorer == "" {
		explorer, _ = outputs[explorerOutput].(string)
		if !slices.Contains(urlsFromHere(outputs), explorer) {
			return observation{headline: "The demo is deployed.", policies: "see " + makeCommand("verify")}
		}
	}
	seen, err := askForPicture(ctx, explorer)
	for deadline := time.Now().Add(firstRound); err == nil && !seen.measured() && time.Now().Before(deadline) && ctx.Err() == nil; {
		time.Sleep(awaitPeriod)
		seen, err = askForPicture(ctx, explorer)
	}
	if err != nil {
		return b.unanswered(ctx, explorer, err)
	}
	found := observation{headline: "The demo runs.", unenforced: seen.Unenforced, policies: seen.policies()}
	if unready := seen.unready(); unready != "" {
		found.headline = "The demo runs in part: " + unready + "."
	}
	if lab := labOf(outputs); lab != "" {
		found.headline = "The demo runs, and a lab breaks it."
	}
	return found
}

// unanswered is the observation of a demo whose explorer does not answer.
func (b *builder) unanswered(ctx context.Context, explorer string, why error) observation {
	if os.Getenv("PULUMI_STACK") == devStack {
		ctx, cancel := context.WithTimeout(ctx, observeLimit)
		defer cancel()
		if _, err := b.output(ctx, nil, "kubectl", "get", "--raw", "/readyz", "--request-timeout=2s"); err != nil {
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

func askForPicture(ctx context.Context, explorer string) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, observeLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, explorer+"/topology.json", http.NoBody)
	if err != nil {
		return picture{}, errors.New("this is not a URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed := new(url.Error); errors.As(err, &failed) {
			err = failed.Err
		}
		return picture{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return picture{}, errors.New(response.Status)
	}
	var answer struct{ Data picture }
	if err := json.NewDecoder(io.LimitReader(response.Body, largestMatrix)).Decode(&answer); err != nil {
		return picture{}, errors.New("the answer is not the explorer's")
	}
	return answer.Data, nil
}

func (p picture) measured() bool {
	return slices.ContainsFunc(p.Calls, func(call struct{ State string }) bool { return call.State != "unknown" })
}

// policies is "enforced" where a connection that nobody has declared was tried, and not made. The explorer tries those to the
// demo's own databases.
func (p picture) policies() string {
	own := slices.ContainsFunc(p.Topology.Nodes, func(node struct{ Kind string }) bool { return node.Kind == "database" })
	switch {
	case p.Unenforced != "":
		return "NOT enforced"
	case !p.measured() || !own:
		return "see " + makeCommand("verify")
	}
	return "enforced"
}

// unready are the workloads whose Pods are not all ready, in words.
func (p picture) unready() string {
	var parts []string
	for _, workload := range p.Network.Workloads {
		if workload.Ready < workload.Desired {
			parts = append(parts, fmt.Sprintf("%d of %d Pods of %s are ready", workload.Ready, workload.Desired, workload.Name))
		}
	}
	if p.Network.Problem != "" {
		parts = append(parts, "its Pods are not known")
	}
	return strings.Join(parts, ", ")
}
