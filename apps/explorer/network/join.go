package network

import (
	"cmp"
	"slices"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// objects holds the objects behind a Network.
type objects struct {
	pods         []*core.Pod
	services     []*core.Service
	deployments  []*apps.Deployment
	statefulSets []*apps.StatefulSet
	slices       []*discovery.EndpointSlice
}

// joinWorkloads returns the workloads with their Pods: Deployments first, then StatefulSets, each sorted by name.
func joinWorkloads(found objects) []Workload {
	workloads := []Workload{}
	for _, deployment := range found.deployments {
		workload := newWorkload("Deployment", deployment.ObjectMeta, deployment.Spec.Replicas,
			deployment.Status.ReadyReplicas)
		workload.fill(deployment.Spec.Template, deployment.Spec.Selector, found.pods)
		workloads = append(workloads, workload)
	}
	for _, set := range found.statefulSets {
		workload := newWorkload("StatefulSet", set.ObjectMeta, set.Spec.Replicas, set.Status.ReadyReplicas)
		workload.fill(set.Spec.Template, set.Spec.Selector, found.pods)
		workloads = append(workloads, workload)
	}
	slices.SortFunc(workloads, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return workloads
}

func newWorkload(kind string, object meta.ObjectMeta, replicas *int32, ready int32) Workload {
	workload := Workload{
		Kind: kind, Name: object.Name, Component: object.Labels["app.kubernetes.io/component"],
		Desired: 1, Ready: ready, // 1 is the default of Kubernetes
		Containers: []Container{}, Labels: map[string]string{}, Pods: []Pod{},
	}
	if replicas != nil {
		workload.Desired = *replicas
	}
	return workload
}

func (w *Workload) fill(template core.PodTemplateSpec, selector *meta.LabelSelector, found []*core.Pod) {
	if len(template.Labels) > 0 {
		w.Labels = template.Labels
	}
	for _, container := range running(template.Spec) {
		w.Containers = append(w.Containers, newContainer(container))
	}
	pods, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		return // the API server rejects workloads with an invalid selector
	}
	for _, pod := range found {
		if pods.Matches(labels.Set(pod.Labels)) {
			w.Pods = append(w.Pods, newPod(pod))
		}
	}
	slices.SortFunc(w.Pods, func(a, b Pod) int { return cmp.Compare(a.Name, b.Name) })
}

// running returns the containers that run as long as the Pod: its containers, and the init containers that are native
// sidecars.
func running(pod core.PodSpec) []core.Container {
	all := slices.Clone(pod.Containers)
	for _, container := range pod.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == core.ContainerRestartPolicyAlways {
			all = append(all, container)
		}
	}
	return all
}

func newContainer(container core.Container) Container {
	result := Container{Name: container.Name, Image: container.Image, Ports: []ContainerPort{}}
	for _, port := range container.Ports {
		result.Ports = append(result.Ports, ContainerPort{Name: port.Name, Port: port.ContainerPort})
	}
	return result
}

func newPod(pod *core.Pod) Pod {
	result := Pod{
		Name: pod.Name, IP: pod.Status.PodIP, Node: pod.Spec.NodeName, State: string(pod.Status.Phase),
		CreatedAt: pod.CreationTimestamp.UTC(),
	}
	if owner := meta.GetControllerOf(pod); owner != nil {
		result.Owner = owner.Kind + " " + owner.Name
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == core.PodReady {
			result.Ready = condition.Status == core.ConditionTrue
		}
	}
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		result.Restarts += status.RestartCount
		if waiting := status.State.Waiting; waiting != nil && waiting.Reason != "" {
			result.State = waiting.Reason
		}
	}
	if pod.DeletionTimestamp != nil {
		result.State = "Terminating"
	}
	return result
}

// sortPolicies returns the policies sorted by name.
func sortPolicies(found []*networking.NetworkPolicy) []networking.NetworkPolicy {
	policies := []networking.NetworkPolicy{}
	for _, policy := range found {
		policies = append(policies, *policy)
	}
	slices.SortFunc(policies, func(a, b networking.NetworkPolicy) int { return cmp.Compare(a.Name, b.Name) })
	return policies
}
