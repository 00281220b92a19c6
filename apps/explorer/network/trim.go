package network

import (
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// A Pod has 10 kB or more in the API, most of it managed fields, annotations and volumes. The functions below keep only
// the fields that join.go and services.go read. When they read another field, add it here.

// trimmed makes client-go apply trim to the objects of one kind.
func trimmed[Object any](trim func(*Object) *Object) cache.TransformFunc {
	return func(object any) (any, error) { return trim(object.(*Object)), nil }
}

func trimMeta(object meta.ObjectMeta) meta.ObjectMeta {
	return meta.ObjectMeta{
		Name: object.Name, Namespace: object.Namespace, Labels: object.Labels,
		CreationTimestamp: object.CreationTimestamp, DeletionTimestamp: object.DeletionTimestamp,
	}
}

func trimPod(pod *core.Pod) *core.Pod {
	kept := &core.Pod{ObjectMeta: trimMeta(pod.ObjectMeta)}
	if owner := meta.GetControllerOf(pod); owner != nil {
		kept.OwnerReferences = []meta.OwnerReference{{Kind: owner.Kind, Name: owner.Name, Controller: owner.Controller}}
	}
	kept.Spec.NodeName = pod.Spec.NodeName
	kept.Status = core.PodStatus{
		Phase: pod.Status.Phase, PodIP: pod.Status.PodIP,
		InitContainerStatuses: trimStatuses(pod.Status.InitContainerStatuses),
		ContainerStatuses:     trimStatuses(pod.Status.ContainerStatuses),
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == core.PodReady {
			kept.Status.Conditions = []core.PodCondition{{Type: condition.Type, Status: condition.Status}}
		}
	}
	return kept
}

func trimStatuses(statuses []core.ContainerStatus) []core.ContainerStatus {
	var kept []core.ContainerStatus
	for _, status := range statuses {
		bare := core.ContainerStatus{RestartCount: status.RestartCount}
		if waiting := status.State.Waiting; waiting != nil {
			bare.State.Waiting = &core.ContainerStateWaiting{Reason: waiting.Reason}
		}
		kept = append(kept, bare)
	}
	return kept
}

func trimService(service *core.Service) *core.Service {
	kept := &core.Service{ObjectMeta: trimMeta(service.ObjectMeta)}
	kept.Spec = core.ServiceSpec{
		Type: service.Spec.Type, ClusterIP: service.Spec.ClusterIP, Selector: service.Spec.Selector, Ports: service.Spec.Ports,
	}
	kept.Status.LoadBalancer = service.Status.LoadBalancer
	return kept
}

func trimDeployment(deployment *apps.Deployment) *apps.Deployment {
	kept := &apps.Deployment{ObjectMeta: trimMeta(deployment.ObjectMeta)}
	kept.Spec.Replicas, kept.Spec.Selector = deployment.Spec.Replicas, deployment.Spec.Selector
	kept.Spec.Template = trimTemplate(deployment.Spec.Template)
	kept.Status.ReadyReplicas = deployment.Status.ReadyReplicas
	return kept
}

func trimStatefulSet(set *apps.StatefulSet) *apps.StatefulSet {
	kept := &apps.StatefulSet{ObjectMeta: trimMeta(set.ObjectMeta)}
	kept.Spec.Replicas, kept.Spec.Selector = set.Spec.Replicas, set.Spec.Selector
	kept.Spec.Template = trimTemplate(set.Spec.Template)
	kept.Status.ReadyReplicas = set.Status.ReadyReplicas
	return kept
}

func trimTemplate(template core.PodTemplateSpec) core.PodTemplateSpec {
	return core.PodTemplateSpec{
		ObjectMeta: meta.ObjectMeta{Labels: template.Labels},
		Spec: core.PodSpec{
			Containers: trimContainers(template.Spec.Containers), InitContainers: trimContainers(template.Spec.InitContainers),
		},
	}
}

func trimContainers(containers []core.Container) []core.Container {
	var kept []core.Container
	for _, container := range containers {
		kept = append(kept, core.Container{
			Name: container.Name, Image: container.Image, Ports: container.Ports, RestartPolicy: container.RestartPolicy,
		})
	}
	return kept
}

func trimSlice(slice *discovery.EndpointSlice) *discovery.EndpointSlice {
	kept := &discovery.EndpointSlice{ObjectMeta: trimMeta(slice.ObjectMeta), Ports: slice.Ports}
	for _, endpoint := range slice.Endpoints {
		bare := discovery.Endpoint{Addresses: endpoint.Addresses, Conditions: endpoint.Conditions}
		if target := endpoint.TargetRef; target != nil {
			bare.TargetRef = &core.ObjectReference{Kind: target.Kind, Name: target.Name}
		}
		kept.Endpoints = append(kept.Endpoints, bare)
	}
	return kept
}

func trimPolicy(policy *networking.NetworkPolicy) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{ObjectMeta: trimMeta(policy.ObjectMeta), Spec: policy.Spec}
}

func trimConfigMap(found *core.ConfigMap) *core.ConfigMap {
	return &core.ConfigMap{ObjectMeta: trimMeta(found.ObjectMeta), Data: found.Data}
}
