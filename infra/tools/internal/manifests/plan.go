// Package manifests turns what `pulumi preview --json` prints into the Kubernetes YAML of the stack, for people and
// linters to read. The same program and configuration give the same bytes, on an empty stack and on one that is deployed,
// but for what only a cluster tells: the rule by which the explorer reaches the API server stands in its NetworkPolicy
// where the stack's cluster answers, and a comment stands for it elsewhere.
package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// plan is the part of a preview that is read here.
type plan struct {
	Steps []struct {
		Op       string `json:"op"`
		NewState *state `json:"newState"` // none for what will be deleted
	} `json:"steps"`
	Diagnostics []struct {
		Severity string `json:"severity"`
		Message  string `json:"message"`
	} `json:"diagnostics"`
}

type state struct {
	URN    string         `json:"urn"`
	Type   string         `json:"type"`
	Inputs map[string]any `json:"inputs"`
}

func parse(preview []byte) (plan, error) {
	var p plan
	decoder := json.NewDecoder(bytes.NewReader(preview))
	decoder.UseNumber() // a port or a size in bytes stays the integer that it is
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("read the preview of the stack: %w", err)
	}
	return p, nil
}

// objects are the Kubernetes objects that the stack consists of when the plan is carried out. A replacement has several
// steps of one URN: the last one that leaves an object counts.
func (p plan) objects() []map[string]any {
	var list []map[string]any
	position := map[string]int{} // in the list, by URN
	for _, step := range p.Steps {
		// Component resources and providers have types of the same beginning or shape, but no kind.
		if step.NewState == nil || !strings.HasPrefix(step.NewState.Type, "kubernetes:") || step.NewState.Inputs["kind"] == nil {
			continue
		}
		at, known := position[step.NewState.URN]
		if !known {
			at = len(list)
			position[step.NewState.URN] = at
			list = append(list, nil)
		}
		list[at] = step.NewState.Inputs
	}
	return list
}

// Failure is what a preview that failed says about it, as Pulumi words it. It is nil if the preview says nothing;
// Pulumi then has written to stderr.
func Failure(preview []byte) error {
	p, err := parse(preview)
	if err != nil {
		return nil //nolint:nilerror // a preview that fails early prints no JSON
	}
	var messages []string
	for _, diagnostic := range p.Diagnostics {
		if diagnostic.Severity == "error" {
			messages = append(messages, strings.TrimSpace(diagnostic.Message))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return errors.New(strings.Join(messages, "\n"))
}
