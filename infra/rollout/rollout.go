// Package rollout waits until the Pods of an update are ready, and fails as soon as some cannot become ready.
//
// The provider's own wait ends with success or after ten minutes. A Pod that cannot come up shows why within seconds.
package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"example.com/kubernetes-networking/infra/report"
)

const (
	// limit is for all Pods together. A large image on a slow network takes most of it.
	limit = 10 * time.Minute
	// period is how often the state of the workloads is read.
	period = 200 * time.Millisecond
)

// Cluster reads the JSON of API objects.
type Cluster interface {
	Get(ctx context.Context, path string, into any) error
}

// Rollout is the workloads of one update.
type Rollout struct{ workloads []*workload }

// Deployment adds a Deployment. Wait calls then, which may be nil, once the Deployment has Pods.
func (r *Rollout) Deployment(name string, resource pulumi.CustomResource, then func() error) {
	r.workloads = append(r.workloads, &workload{kind: deployments, name: name, resource: resource, then: then})
}

// StatefulSet adds a StatefulSet, which Deployments of the same update may depend on.
func (r *Rollout) StatefulSet(name string, resource pulumi.CustomResource) {
	r.workloads = append(r.workloads, &workload{kind: statefulSets, name: name, resource: resource})
}

// Proceed calls what Wait has not called. Use it where nobody waits for Pods, as in a preview.
func (r *Rollout) Proceed() error {
	for _, w := range r.workloads {
		if err := w.proceed(); err != nil {
			return err
		}
	}
	return nil
}

// Wait returns when all workloads are ready, or with an error when one cannot become ready. That error is reported to the
// engine already. Wait ignores workloads with the annotation pulumi.com/skipAwait, and those that do not exist because
// `pulumi up --target` leaves them out.
func (r *Rollout) Wait(ctx *pulumi.Context, cluster Cluster, namespace string) error {
	stop, cancel := context.WithTimeout(ctx.Context(), limit)
	defer cancel()
	applied := r.applied(stop)
	observer := &observer{cluster: cluster, namespace: namespace}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var waiting []*workload
	for left := len(r.workloads); left > 0 || len(waiting) > 0; {
		select {
		case next := <-applied:
			if next.err != nil {
				return nil // the engine reports it, and the program fails with it
			}
			left--
			if !next.exists {
				if err := next.workload.proceed(); err != nil {
					return err
				}
				continue
			}
			waiting = append(waiting, next.workload)
			// A database fails before those that depend on it.
			slices.SortStableFunc(waiting, func(a, b *workload) int { return int(a.kind) - int(b.kind) })
		case <-ticker.C:
			now := time.Now()
			remaining, err := observer.observe(stop, waiting, now)
			if err != nil {
				return err
			}
			for _, w := range waiting {
				if done := !slices.Contains(remaining, w); done || w.hasPods {
					if err := w.proceed(); err != nil {
						return err
					}
				}
				if !slices.Contains(remaining, w) {
					w.problem = problem{}
				} else if w.failed(now) {
					return report.Failure(ctx, w.failure(namespace), w.resource)
				}
				w.show(ctx, now)
			}
			waiting = remaining
		case <-stop.Done():
			return fmt.Errorf("the Pods are not ready within %s", limit)
		}
	}
	return nil
}

type application struct {
	workload *workload
	exists   bool
	err      error
}

// applied sends each workload once the engine has created, updated or left it out.
func (r *Rollout) applied(ctx context.Context) <-chan application {
	applied := make(chan application, len(r.workloads))
	for _, w := range r.workloads {
		go func() {
			id, err := internals.UnsafeAwaitOutput(ctx, w.resource.ID())
			applied <- application{w, id.Known && id.Value != pulumi.ID(""), err}
		}()
	}
	return applied
}
