package rollout

import "time"

// The fields of API objects that a rollout depends on. See package api for why they are declared here.

type metadata struct {
	Name, UID         string
	Generation        int64
	Labels            map[string]string
	Annotations       map[string]string
	Finalizers        []string
	DeletionTimestamp *time.Time
	OwnerReferences   []struct{ UID string }
}

type condition struct{ Type, Status, Reason, Message string }

// controller is a Deployment, a StatefulSet or a ReplicaSet.
type controller struct {
	Metadata metadata
	Spec     struct{ Replicas *int64 }
	Status   struct {
		ObservedGeneration, Replicas, UpdatedReplicas, AvailableReplicas int64
		CurrentRevision, UpdateRevision                                  string
		Conditions                                                       []condition
	}
}

type pod struct {
	Metadata metadata
	Spec     struct {
		NodeName string
		Volumes  []struct{ PersistentVolumeClaim *struct{ ClaimName string } }
	}
	Status struct {
		Phase                                    string
		Conditions                               []condition
		InitContainerStatuses, ContainerStatuses []container
	}
}

// uses reports whether a volume of the Pod has this claim.
func (p pod) uses(claim string) bool {
	for _, volume := range p.Spec.Volumes {
		if volume.PersistentVolumeClaim != nil && volume.PersistentVolumeClaim.ClaimName == claim {
			return true
		}
	}
	return false
}

type container struct {
	Name, Image      string
	Ready            bool
	State, LastState struct {
		Waiting    *struct{ Reason, Message string }
		Running    *struct{}
		Terminated *struct {
			ExitCode        int
			Reason, Message string
		}
	}
}

type claim struct {
	Metadata metadata
	Status   struct{ Phase string }
}

type event struct{ Type, Reason, Message, LastTimestamp string }

type list[T any] struct{ Items []T }

func conditionOf(conditions []condition, kind string) (condition, bool) {
	for _, candidate := range conditions {
		if candidate.Type == kind {
			return candidate, true
		}
	}
	return condition{}, false
}

// skipped reports whether the update skips waiting for the object.
func (m metadata) skipped() bool { return m.Annotations["pulumi.com/skipAwait"] == "true" }

func (m metadata) ownedBy(uid string) bool {
	for _, owner := range m.OwnerReferences {
		if owner.UID == uid {
			return true
		}
	}
	return false
}

// complete reports whether the object's latest revision runs, by the rules of `kubectl rollout status`.
func (c controller) complete() bool {
	replicas := int64(1)
	if c.Spec.Replicas != nil {
		replicas = *c.Spec.Replicas
	}
	return c.Status.ObservedGeneration >= c.Metadata.Generation && c.Status.UpdatedReplicas >= replicas &&
		c.Status.Replicas <= c.Status.UpdatedReplicas && c.Status.AvailableReplicas >= replicas
}
