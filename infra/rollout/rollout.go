// Package rollout waits until the Pods of an update are ready and its load balancers have addresses, and fails as soon
// as one of them cannot become so. Start with Rollout.Wait.
//
// The provider's own wait ends with success or after ten minutes. The API server has the cause of a failure within
// seconds.
package rollout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"example.com/kubernetes-networking/infra/report"
)

const (
	// limit for all workloads together. A large image on a slow network takes most of it.
	limit = 10 * time.Minute
	// period between two requests for the state of the workloads.
	period = 200 * time.Millisecond
)

// Cluster reads the JSON of API objects. *api.Server implements it.
type Cluster interface {
	Get(ctx context.Context, path string, into any) error
}

// Rollout holds the workloads of one update.
type Rollout struct{ workloads []*workload }

// Deployment adds a Deployment. Wait calls then once the Deployment has Pods; then may be nil.
func (r *Rollout) Deployment(name string, resource pulumi.CustomResource, then func() error) {
	r.workloads = append(r.workloads, &workload{kind: deployments, name: name, resource: resource, then: then})
}

// StatefulSet adds a StatefulSet, which Deployments of the same update may depend on.
func (r *Rollout) StatefulSet(name string, resource pulumi.CustomResource) {
	r.workloads = append(r.workloads, &workload{kind: statefulSets, name: name, resource: resource})
}

// LoadBalancer adds a Service of type LoadBalancer, and returns its external address. Wait, Preview or Close sets the
// address. It is empty if the Service has none.
func (r *Rollout) LoadBalancer(ctx *pulumi.Context, name string, resource pulumi.CustomResource) pulumi.StringOutput {
	address, resolve, _ := ctx.NewOutput()
	r.workloads = append(r.workloads, &workload{kind: loadBalancers, name: name, resource: resource, resolve: resolve})
	return address.ApplyT(func(address any) string { return address.(string) }).(pulumi.StringOutput)
}

// Preview replaces Wait in a preview. It calls each then of Deployment, and sets the addresses that the load balancers
// have now. The cluster may be nil.
func (r *Rollout) Preview(ctx context.Context, cluster Cluster, namespace string) error {
	if cluster != nil {
		// Without the addresses, the preview is incomplete.
		_, _ = (&observer{cluster: cluster, namespace: namespace}).services(ctx, r.workloads)
	}
	for _, w := range r.workloads {
		if err := w.proceed(); err != nil {
			return err
		}
	}
	return nil
}

// Wait blocks until all workloads are ready, up to ten minutes. It returns an error as soon as one cannot become ready,
// and has reported that error to the engine. Wait ignores workloads with the annotation pulumi.com/skipAwait, and those
// that do not exist because `pulumi up --target` leaves them out.
func (r *Rollout) Wait(ctx *pulumi.Context, cluster Cluster, namespace string) error {
	stop, cancel := context.WithTimeout(ctx.Context(), limit)
	defer cancel()
	applied := r.applied(stop)
	unapplied := slices.Clone(r.workloads)
	observer := &observer{cluster: cluster, namespace: namespace}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var waiting []*workload
	for len(unapplied) > 0 || len(waiting) > 0 {
		select {
		case next := <-applied:
			if next.err != nil {
				return nil // the engine reports it, and the program fails with it
			}
			unapplied = slices.DeleteFunc(unapplied, func(w *workload) bool { return w == next.workload })
			if !next.exists {
				if err := next.workload.proceed(); err != nil {
					return err
				}
				continue
			}
			waiting = append(waiting, next.workload)
			// Report a database before the services that depend on it.
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
			return expired(slices.Concat(waiting, unapplied), namespace)
		}
	}
	return nil
}

// expired returns the error of workloads that are not ready in time.
func expired(left []*workload, namespace string) error {
	var names []string
	for _, w := range left {
		name := w.name
		if w.problem.text != "" {
			name += " (" + w.problem.text + ")"
		}
		names = append(names, name)
	}
	return fmt.Errorf("not ready within %s: %s; see kubectl --namespace %s get pods,services,events",
		limit, strings.Join(names, ", "), namespace)
}

// Close resolves the addresses that are still unknown as empty. Call it before the program ends: Pulumi waits for every
// output.
func (r *Rollout) Close() {
	for _, w := range r.workloads {
		w.resolveAddress()
	}
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
