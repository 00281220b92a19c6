package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// databasesAccept returns the time when the last database accepted connections, from the databases' logs.
func databasesAccept(ctx context.Context, s *stack) (event, error) {
	found := event{what: "the last database accepts connections"}
	logs, err := s.command(ctx, "kubectl", "logs", "--namespace", namespace, "--timestamps",
		"--selector", componentLabel+"=database", "--tail=-1").Output()
	if err != nil {
		return found, fmt.Errorf("read the databases' logs: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(logs)); lines.Scan(); {
		if !strings.Contains(lines.Text(), "ready to accept connections") {
			continue
		}
		stamp, _, _ := strings.Cut(lines.Text(), " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return found, fmt.Errorf("read the databases' logs: %w", err)
		}
		if at.After(found.at) {
			found.at = at
		}
	}
	return found, nil
}

// pullTime matches the message of a Pulled event, which contains the duration of the pull.
var pullTime = regexp.MustCompile(`^Successfully pulled image .* in (\S+) `)

// pulls returns the durations of the node's image pulls. The node does not pull images that it already has.
func pulls(ctx context.Context, s *stack) ([]time.Duration, error) {
	output, err := s.command(ctx, "kubectl", "get", "events", "--namespace", namespace,
		"--field-selector", "reason=Pulled", "--output", "json").Output()
	if err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	var events struct{ Items []struct{ Message string } }
	if err := json.Unmarshal(output, &events); err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	var found []time.Duration
	for _, item := range events.Items {
		if match := pullTime.FindStringSubmatch(item.Message); match != nil {
			took, err := time.ParseDuration(match[1])
			if err != nil {
				return nil, fmt.Errorf("read the event %q: %w", item.Message, err)
			}
			found = append(found, took)
		}
	}
	return found, nil
}
