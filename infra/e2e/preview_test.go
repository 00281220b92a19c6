//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// change is the planned operation on one resource, as pulumi preview --json prints it.
type change struct {
	Op           string         `json:"op"`
	URN          string         `json:"urn"`
	DetailedDiff map[string]any `json:"detailedDiff"`
}

// name returns the kind and the name of the resource.
func (c change) name() string {
	parts := strings.Split(c.URN, "::")
	kind := parts[2][strings.LastIndex(parts[2], ":")+1:]
	return kind + " " + parts[3]
}

// paths returns the paths of the changing properties, sorted.
func (c change) paths() []string { return slices.Sorted(maps.Keys(c.DetailedDiff)) }

// preview returns the resources that an update would change.
func (c *checkout) preview(t *testing.T, flags ...string) []change {
	t.Helper()
	var plan struct {
		Steps []change `json:"steps"`
	}
	printed := c.run("pulumi preview --non-interactive --json " + strings.Join(flags, " "))
	if err := json.Unmarshal([]byte(printed), &plan); err != nil {
		t.Fatalf("%v in\n%s", err, printed)
	}
	return slices.DeleteFunc(plan.Steps, func(c change) bool { return c.Op == "same" || c.Op == "refresh" })
}
