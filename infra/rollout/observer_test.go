package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/api"
)

// answers are the items of each list of a cluster, by the end of the list's path.
type answers map[string]string

func (a answers) Get(_ context.Context, path string, into any) error {
	if strings.HasSuffix(path, "?forbidden") {
		return api.ErrForbidden
	}
	_, name, _ := strings.Cut(path, "/namespaces/shop/")
	items := a[name]
	return json.Unmarshal([]byte(`{"items": [`+items+`]}`), into)
}

// observed returns the failures after the workloads have had the same problem for this time, and how many workloads
// wait.
func observed(t *testing.T, cluster Cluster, after time.Duration) (failures []string, left int) {
	t.Helper()
	waiting := []*workload{
		{kind: statefulSets, name: "db"}, {kind: deployments, name: "orders"},
	}
	o, start := &observer{cluster: cluster, namespace: "shop"}, time.Now()
	for _, now := range []time.Time{start, start.Add(after)} {
		var err error
		if waiting, err = o.observe(t.Context(), waiting, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range waiting {
		if w.failed(start.Add(after)) {
			failures = append(failures, w.failure("shop").Error())
		}
	}
	return failures, len(waiting)
}

// flaky is a cluster whose API server fails.
type flaky struct{ err error }

func (f flaky) Get(context.Context, string, any) error { return f.err }

func TestAPIServerMayBeUnavailableForAWhile(t *testing.T) {
	for _, c := range []struct {
		err   error
		after time.Duration
		fails bool
	}{{fmt.Errorf("refused"), outage, false}, {fmt.Errorf("refused"), outage + time.Second, true}, {api.ErrForbidden, 0, true}} {
		o, start, waiting := &observer{cluster: flaky{c.err}}, time.Now(), []*workload{{name: "orders"}}
		left, err := o.observe(t.Context(), waiting, start)
		if c.after > 0 && err == nil {
			left, err = o.observe(t.Context(), waiting, start.Add(c.after))
		}
		if (err != nil) != c.fails || !slices.Equal(left, waiting) {
			t.Errorf("after %s of %v: %v with %v left, want an error: %t", c.after, c.err, err, left, c.fails)
		}
	}
}
