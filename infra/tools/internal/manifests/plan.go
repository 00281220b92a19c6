// Package manifests converts the output of `pulumi preview --json` to the Kubernetes YAML of the stack, for people and
// linters. The same program and configuration give the same bytes, whether the stack is deployed or not. The exception
// is a rule that depends on the cluster, the explorer's access to the API server: a comment stands in its place if the
// cluster does not answer. stack.Manifests uses the package.
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
		NewState *state `json:"newState"` // nil for a resource that will be deleted
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
	decoder.UseNumber() // ports and sizes stay integers
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("read the preview of the stack: %w", err)
	}
	return p, nil
}

// objects returns the Kubernetes objects of the stack after the planned update. A replacement has several steps with
// one URN. The last one with an object counts.
func (p plan) objects() []map[string]any {
	var list []map[string]any
	position := map[string]int{} // in the list, by URN
	for _, step := range p.Steps {
		// Component resources and providers have similar types, but no kind.
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

// Failure returns the error messages of a preview that failed. It returns nil if the preview holds none: Pulumi then
// has written them to stderr.
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
