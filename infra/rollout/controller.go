package rollout

import (
	"context"
	"slices"
)

// ofController returns the problem of a Deployment or StatefulSet.
func (o *observer) ofController(
	ctx context.Context, current controller, sets []controller, pods []pod,
) (problem, error) {
	if found, is := stuck(current, pods); is {
		return found, nil
	}
	return o.ofPods(ctx, current, latest(current, sets, pods))
}

// latest returns the Pods of a workload's latest revision.
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

// stuck returns the problem of a Pod of an earlier revision that is not ready: a StatefulSet may wait for it before it
// replaces it.
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

// ofPods returns the problem of a workload's Pods that fails soonest.
func (o *observer) ofPods(ctx context.Context, of controller, pods []pod) (problem, error) {
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
	// A quota, an admission webhook or Pod security may reject the Pods. A StatefulSet reports that by an event only.
	if failure, found := conditionOf(of.Status.Conditions, "ReplicaFailure"); found && failure.Status == "True" {
		return problem{kind: refused, text: "its Pods are rejected: " + line(failure.Message), passes: created}, nil
	}
	warning, err := o.warning(ctx, of.Metadata.UID)
	if err != nil || warning == "" {
		return problem{}, err
	}
	return problem{kind: refused, text: "its Pods are rejected: " + warning, passes: created}, nil
}

// explain adds the latest warning about an object.
func (o *observer) explain(ctx context.Context, found problem, uid string) (problem, error) {
	warning, err := o.warning(ctx, uid)
	if warning != "" {
		found.text += ": " + warning
	}
	return found, err
}

// unscheduled adds the problem of the Pod's claims. It returns no problem while an autoscaler adds a node, and while
// the volume is created.
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
	for _, c := range claims.Items {
		if !of.uses(c.Metadata.Name) || c.Status.Phase == "Bound" {
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
	if !reported {
		return problem{}, nil
	}
	return found, nil
}
