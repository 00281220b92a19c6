package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// explorerOutput is the stack's output with the explorer's URL.
const explorerOutput = "explorerUrl"

// sayPolicies prints what the explorer found out about NetworkPolicies, if it can be asked from here: on a cluster that
// does not enforce them the demo works, and denies nothing of what it says it denies.
func (b *builder) sayPolicies(ctx context.Context, outputs map[string]any) error {
	explorer, _ := outputs[explorerOutput].(string)
	if !slices.Contains(urlsFromHere(outputs), explorer) {
		return nil
	}
	detail, err := policies(ctx, explorer)
	if err == nil {
		b.report.say("network policies: %s", detail)
	}
	return err
}

// policies asks the explorer at this URL.
func policies(ctx context.Context, explorer string) (detail string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, explorer+"/api/network", http.NoBody)
	if err != nil {
		return "", fmt.Errorf("ask the explorer: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask the explorer: %w", err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct{ Policies struct{ Detail string } }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("read the explorer's answer at %s/api/network: %w", explorer, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask the explorer at %s/api/network: it answers %s", explorer, response.Status)
	}
	return answer.Data.Policies.Detail, nil
}
