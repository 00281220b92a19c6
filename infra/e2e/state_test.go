//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// resource is a resource in the format of Pulumi's state.
type resource = map[string]any

// operation is an operation that was pending when an update was killed.
type operation struct {
	Type     string   `json:"type"`
	Resource resource `json:"resource"`
}

// editState edits the file that holds the stack's state. `pulumi stack import` would drop the pending operations.
func (c *checkout) editState(t *testing.T, edit func(resources []resource, pending []operation) ([]resource, []operation)) {
	t.Helper()
	path := c.path(".local/pulumi/.pulumi/stacks/kubernetes-networking/dev.json")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	var typed struct {
		Checkpoint struct {
			Latest struct {
				Resources []resource
				Pending   []operation `json:"pending_operations"`
			}
		}
	}
	if err := errors.Join(json.Unmarshal(content, &state), json.Unmarshal(content, &typed)); err != nil {
		t.Fatal(err)
	}
	latest := state["checkpoint"].(map[string]any)["latest"].(map[string]any)
	latest["resources"], latest["pending_operations"] = edit(typed.Checkpoint.Latest.Resources, typed.Checkpoint.Latest.Pending)
	if content, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// makePending rewrites the state as if the update had been killed after the API server created the object and before
// Pulumi recorded it. It changes nothing if the update was killed at that moment.
func (c *checkout) makePending(t *testing.T, suffix string) {
	t.Helper()
	matches := func(r resource) bool { return strings.HasSuffix(r["urn"].(string), suffix) }
	c.editState(t, func(resources []resource, pending []operation) ([]resource, []operation) {
		if slices.ContainsFunc(pending, func(o operation) bool { return matches(o.Resource) }) {
			return resources, pending
		}
		at := slices.IndexFunc(resources, matches)
		if at < 0 {
			t.Fatalf("the state holds no resource %s", suffix)
		}
		pendingResource := resources[at]
		for _, key := range []string{"id", "outputs", "created", "modified"} {
			delete(pendingResource, key)
		}
		return slices.Delete(resources, at, at+1), append(pending, operation{"creating", pendingResource})
	})
}

// identities returns the stack's Kubernetes objects as "<kind> <namespace>/<name>", sorted.
func (c *checkout) identities(t *testing.T) []string {
	t.Helper()
	var state struct {
		Deployment struct {
			Resources         []struct{ ID, Type string }
			PendingOperations []any `json:"pending_operations"`
		}
	}
	if err := json.Unmarshal([]byte(c.run("pulumi stack export")), &state); err != nil {
		t.Fatal(err)
	}
	if pending := state.Deployment.PendingOperations; len(pending) > 0 {
		t.Errorf("these operations are pending: %v", pending)
	}
	var ids []string
	for _, r := range state.Deployment.Resources {
		if strings.HasPrefix(r.Type, "kubernetes:") {
			ids = append(ids, r.Type[strings.LastIndex(r.Type, ":")+1:]+" "+r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
