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

// resource is one of the stack's, as Pulumi's state has it.
type resource = map[string]any

// operation is one of an update's that was under way when it was killed.
type operation struct {
	Type     string   `json:"type"`
	Resource resource `json:"resource"`
}

// editState edits the file that the stack's state is in: `pulumi stack import` drops operations that are pending.
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

// forget makes the state what it is when the update is killed between the API server's answer that the object exists and
// Pulumi's note of it, if the update was not killed just there.
func (c *checkout) forget(t *testing.T, suffix string) {
	t.Helper()
	named := func(r resource) bool { return strings.HasSuffix(r["urn"].(string), suffix) }
	c.editState(t, func(resources []resource, pending []operation) ([]resource, []operation) {
		if slices.ContainsFunc(pending, func(o operation) bool { return named(o.Resource) }) {
			return resources, pending
		}
		at := slices.IndexFunc(resources, named)
		if at < 0 {
			t.Fatalf("the state has no resource %s", suffix)
		}
		forgotten := resources[at]
		for _, key := range []string{"id", "outputs", "created", "modified"} {
			delete(forgotten, key)
		}
		return slices.Delete(resources, at, at+1), append(pending, operation{"creating", forgotten})
	})
}

// identities are the ids of the stack's Kubernetes objects, <kind> <namespace>/<name>, in order.
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
