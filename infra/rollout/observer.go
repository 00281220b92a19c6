package rollout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/kubernetes-networking/infra/api"
)

const (
	// detailPeriod is how often Pods are read, which are more than the workloads.
	detailPeriod = time.Second
	// outage is how long the API server may be unavailable.
	outage = time.Minute
)

// observer reads the state of workloads.
type observer struct {
	cluster   Cluster
	namespace string
	answered  time.Time // when the API server answered last
	detailed  time.Time // when Pods were read last
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
	state := map[*workload]controller{}
	for _, kind := range []kind{statefulSets, deployments} {
		if !slices.ContainsFunc(waiting, func(w *workload) bool { return w.kind == kind }) {
			continue
		}
		var found list[controller]
		if err := o.cluster.Get(ctx, o.path("apis/apps/v1", kind.collection(), nil), &found); err != nil {
			return waiting, err
		}
		for _, w := range waiting {
			if i := slices.IndexFunc(found.Items, func(c controller) bool { return c.Metadata.Name == w.name }); i >= 0 && w.kind == kind {
				state[w] = found.Items[i]
				w.hasPods = found.Items[i].Status.Replicas > 0
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(waiting), func(w *workload) bool {
		current, found := state[w]
		return found && (current.Metadata.skipped() || current.complete())
	})
	if len(left) == 0 || now.Sub(o.detailed) < detailPeriod {
		return left, nil
	}
	o.detailed = now
	return left, o.diagnose(ctx, left, state, now)
}

// diagnose sets the problems of workloads.
func (o *observer) diagnose(ctx context.Context, left []*workload, state map[*workload]controller, now time.Time) error {
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
		found, is := stuck(state[w], pods.Items)
		var err error
		if !is {
			found, err = o.problemOf(ctx, state[w], latest(state[w], sets.Items, pods.Items))
		}
		if err != nil {
			return err
		}
		if found.kind == unready && w.kind == deployments && databases {
			found = problem{} // it waits for its database
		}
		w.has(found, now)
	}
	return nil
}

// latest are the Pods of a workload's latest revision.
func latest(of controller, sets []controller, pods []pod) []pod {
	owner, label, revision := of.Metadata.UID, "controller-revision-hash", of.Status.UpdateRevision
	for _, set := range sets {
		const number = "deployment.kubernetes.io/revision"
		if set.Metadata.ownedBy(of.Metadata.UID) && set.Metadata.Annotations[number] == of.Metadata.Annotations[number] {
			owner, label = set.Metadata.UID, "pod-template-hash"
			revision = set.Metadata.Labels[label]
		}
	}
	return slices.DeleteFunc(slices.Clone(pods), func(p pod) bool {
		return !p.Metadata.ownedBy(owner) || p.Metadata.Labels[label] != revision || p.Metadata.DeletionTimestamp != nil
	})
}

// stuck finds a Pod of an earlier revision that is not ready: some StatefulSets wait for it before they replace it.
func stuck(of controller, pods []pod) (problem, bool) {
	for _, p := range pods {
		condition, _ := conditionOf(p.Status.Conditions, "Ready")
		if of.Status.UpdateRevision != "" && p.Metadata.ownedBy(of.Metadata.UID) && p.Metadata.DeletionTimestamp == nil &&
			p.Metadata.Labels["controller-revision-hash"] != of.Status.UpdateRevision && condition.Status != "True" {
			return problem{
				kind: outdated, text: "Pod " + p.Metadata.Name + " is of an earlier revision, not ready, and not replaced",
				remedy: "delete pod " + p.Metadata.Name, passes: created,
			}, true
		}
	}
	return problem{}, false
}

// problemOf is the problem of a workload that fails soonest.
func (o *observer) problemOf(ctx context.Context, of controller, pods []pod) (problem, error) {
	var soonest problem
	var at pod
	for _, p := range pods {
		if found, is := ofPod(p); is && (soonest.kind == "" || found.passes < soonest.passes) {
			soonest, at = found, p
		}
	}
	switch soonest.kind {
	case unready:
		return o.explain(ctx, soonest, at.Metadata.UID)
	case unscheduled:
		return o.unscheduled(ctx, soonest, at)
	}
	if len(pods) > 0 {
		return soonest, nil
	}
	// A quota, an admission webhook or Pod security may refuse the Pods. A StatefulSet reports that by an event alone.
	if failure, found := conditionOf(of.Status.Conditions, "ReplicaFailure"); found && failure.Status == "True" {
		return problem{kind: refused, text: "its Pods are refused: " + line(failure.Message), passes: created}, nil
	}
	warning, err := o.warning(ctx, of.Metadata.UID)
	if err != nil || warning == "" {
		return problem{}, err
	}
	return problem{kind: refused, text: "its Pods are refused: " + warning, passes: created}, nil
}

// explain adds the latest warning about an object.
func (o *observer) explain(ctx context.Context, found problem, uid string) (problem, error) {
	warning, err := o.warning(ctx, uid)
	if warning != "" {
		found.text += ": " + warning
	}
	return found, err
}

// unscheduled adds what is wrong with the claims of a Pod. There is no problem while an autoscaler adds a node, nor while the
// volume is made.
func (o *observer) unscheduled(ctx context.Context, found problem, of pod) (problem, error) {
	events, err := o.events(ctx, of.Metadata.UID)
	if err != nil {
		return problem{}, err
	}
	for _, e := range events {
		if e.Reason == "TriggeredScaleUp" || e.Reason == "Nominated" { // Cluster Autoscaler, Karpenter
			return problem{}, nil
		}
	}
	var claims list[claim]
	if err := o.cluster.Get(ctx, o.path("api/v1", "persistentvolumeclaims", nil), &claims); err != nil {
		return problem{}, err
	}
	_, reported := conditionOf(of.Status.Conditions, "PodScheduled")
	for _, volume := range of.Spec.Volumes {
		for _, c := range claims.Items {
			if volume.PersistentVolumeClaim == nil || c.Metadata.Name != volume.PersistentVolumeClaim.ClaimName || c.Status.Phase == "Bound" {
				continue
			}
			warning, err := o.warning(ctx, c.Metadata.UID)
			if err != nil {
				return problem{}, err
			}
			if warning != "" {
				found.text += ": PersistentVolumeClaim " + c.Metadata.Name + ": " + warning
				return found, nil
			}
		}
	}
	if !reported {
		return problem{}, nil
	}
	return found, nil
}

// warning is the message of the latest warning about an object; empty for none.
func (o *observer) warning(ctx context.Context, uid string) (string, error) {
	events, err := o.events(ctx, uid)
	slices.SortStableFunc(events, func(a, b event) int { return strings.Compare(a.LastTimestamp, b.LastTimestamp) })
	message := ""
	for _, e := range events {
		if e.Type == "Warning" {
			message = line(e.Message)
		}
	}
	return message, err
}

func (o *observer) events(ctx context.Context, uid string) ([]event, error) {
	var found list[event]
	err := o.cluster.Get(ctx, o.path("api/v1", "events", url.Values{"fieldSelector": {"involvedObject.uid=" + uid}}), &found)
	if errors.Is(err, api.ErrForbidden) {
		return nil, nil // events are an explanation only
	}
	return found.Items, err
}

func (o *observer) path(group, collection string, query url.Values) string {
	path := "/" + group + "/namespaces/" + url.PathEscape(o.namespace) + "/" + collection
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}
