package network

import (
	"cmp"
	"slices"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// join finds the Services and Pods of each workload. Deployments come first, then StatefulSets, each by name.
func join(found objects) []Workload {
	workloads := []Workload{}
	for _, deployment := range found.deployments.Items {
		workload := newWorkload("Deployment", deployment.ObjectMeta, deployment.Spec.Replicas, deployment.Status.ReadyReplicas)
		workload.fill(deployment.Spec.Template, deployment.Spec.Selector, found)
		workloads = append(workloads, workload)
	}
	for _, set := range found.statefulSets.Items {
		workload := newWorkload("StatefulSet", set.ObjectMeta, set.Spec.Replicas, set.Status.ReadyReplicas)
		workload.fill(set.Spec.Template, set.Spec.Selector, found)
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
		Desired: 1, Ready: ready, // 1 is what Kubernetes takes when a workload does not say
		Containers: []Container{}, Services: []Service{}, Pods: []Pod{},
	}
	if replicas != nil {
		workload.Desired = *replicas
	}
	return workload
}

func (w *Workload) fill(template core.PodTemplateSpec, selector *meta.LabelSelector, found objects) {
	for _, container := range running(template.Spec) {
		w.Containers = append(w.Containers, Container{Name: container.Name, Image: container.Image})
	}
	for _, service := range found.services.Items {
		// A Service without a selector has endpoints that somebody wrote by hand: it selects no Pod.
		if len(service.Spec.Selector) > 0 && labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(template.Labels)) {
			w.Services = append(w.Services, newService(service))
		}
	}
	pods, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		return // the API server admits no workload with such a selector
	}
	for _, pod := range found.pods.Items {
		if pods.Matches(labels.Set(pod.Labels)) {
			w.Pods = append(w.Pods, newPod(pod))
		}
	}
	slices.SortFunc(w.Services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(w.Pods, func(a, b Pod) int { return cmp.Compare(a.Name, b.Name) })
}

// running returns the containers that run as long as the Pod does. An init container that is always restarted is one of
// them: a native sidecar.
func running(pod core.PodSpec) []core.Container {
	all := slices.Clone(pod.Containers)
	for _, container := range pod.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == core.ContainerRestartPolicyAlways {
			all = append(all, container)
		}
	}
	return all
}

func newService(service core.Service) Service {
	result := Service{
		Name: service.Name, Type: string(service.Spec.Type), ClusterIP: service.Spec.ClusterIP,
		External: []string{}, Ports: []Port{},
		// The cluster's domain is left to the search list: the API does not tell it, and no cluster needs it.
		DNSName: service.Name + "." + service.Namespace + ".svc",
	}
	for _, port := range service.Spec.Ports {
		result.Ports = append(result.Ports, Port{
			Name: port.Name, Protocol: string(port.Protocol), Port: port.Port, TargetPort: port.TargetPort.String(),
		})
	}
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		result.External = append(result.External, cmp.Or(ingress.IP, ingress.Hostname))
	}
	return result
}

func newPod(pod core.Pod) Pod {
	result := Pod{Name: pod.Name, IP: pod.Status.PodIP, Node: pod.Spec.NodeName, State: string(pod.Status.Phase)}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == core.PodReady {
			result.Ready = condition.Status == core.ConditionTrue
		}
	}
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if waiting := status.State.Waiting; waiting != nil && waiting.Reason != "" {
			result.State = waiting.Reason
		}
	}
	if pod.DeletionTimestamp != nil {
		result.State = "Terminating"
	}
	return result
}
