package rollout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"example.com/kubernetes-networking/infra/api"
)

const (
	// detailPeriod between two requests for Pods and events, which are more than the workloads.
	detailPeriod = time.Second
	// outage is how long the API server may be unavailable.
	outage = time.Minute
)

// observer reads the state of workloads.
type observer struct {
	cluster   Cluster
	namespace string
	answered  time.Time // the last response of the API server
	detailed  time.Time // the last diagnosis
}

// state is what the API server returned for the workloads.
type state struct {
	controllers map[*workload]controller
	services    map[*workload]service
}

// observe returns the workloads that are not ready, with their problems.
func (o *observer) observe(ctx context.Context, waiting []*workload, now time.Time) ([]*workload, error) {
	left, err := o.read(ctx, waiting, now)
	if err == nil || o.answered.IsZero() {
		o.answered = now
	}
	if errors.Is(err, api.ErrForbidden) || now.Sub(o.answered) > outage {
		return left, fmt.Errorf("wait for the Pods: %w", err)
	}
	return left, nil
}

func (o *observer) read(ctx context.Context, waiting []*workload, now time.Time) ([]*workload, error) {
	controllers, err := o.controllers(ctx, waiting)
	if err != nil {
		return waiting, err
	}
	services, err := o.services(ctx, waiting)
	if err != nil {
		return waiting, err
	}
	left := slices.DeleteFunc(slices.Clone(waiting), func(w *workload) bool {
		current, found := controllers[w]
		return w.address != "" || found && (current.Metadata.skipped() || current.complete())
	})
	if len(left) == 0 || now.Sub(o.detailed) < detailPeriod {
		return left, nil
	}
	o.detailed = now
	return left, o.diagnose(ctx, left, state{controllers, services}, now)
}

// controllers returns the current Deployments and StatefulSets, and sets hasPods of their workloads.
func (o *observer) controllers(ctx context.Context, waiting []*workload) (map[*workload]controller, error) {
	current := map[*workload]controller{}
	for kind, collection := range map[kind]string{statefulSets: "statefulsets", deployments: "deployments"} {
		if !slices.ContainsFunc(waiting, func(w *workload) bool { return w.kind == kind }) {
			continue
		}
		var found list[controller]
		if err := o.cluster.Get(ctx, o.path("apis/apps/v1", collection, nil), &found); err != nil {
			return nil, err
		}
		for _, w := range waiting {
			i := slices.IndexFunc(found.Items, func(c controller) bool { return c.Metadata.Name == w.name })
			if i >= 0 && w.kind == kind {
				current[w] = found.Items[i]
				w.hasPods = found.Items[i].Status.Replicas > 0
			}
		}
	}
	return current, nil
}

// diagnose sets the problems of workloads.
func (o *observer) diagnose(ctx context.Context, left []*workload, current state, now time.Time) error {
	var sets list[controller]
	if err := o.cluster.Get(ctx, o.path("apis/apps/v1", "replicasets", nil), &sets); err != nil {
		return err
	}
	var pods list[pod]
	if err := o.cluster.Get(ctx, o.path("api/v1", "pods", nil), &pods); err != nil {
		return err
	}
	databases := slices.ContainsFunc(left, func(w *workload) bool { return w.kind == statefulSets })
	for _, w := range left {
		var found problem
		var err error
		if w.kind == loadBalancers {
			found, err = o.ofService(ctx, current.services[w])
		} else {
			found, err = o.ofController(ctx, current.controllers[w], sets.Items, pods.Items)
		}
		if err != nil {
			return err
		}
		if found.kind == unready && w.kind == deployments && databases {
			found = problem{} // it waits for its database
		}
		w.set(found, now)
	}
	return nil
}

func (o *observer) path(group, collection string, query url.Values) string {
	path := "/" + group + "/namespaces/" + url.PathEscape(o.namespace) + "/" + collection
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}
