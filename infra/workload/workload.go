// Package workload holds what every Pod of the demo has in common: labels, hardening, resources and probes.
package workload

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// PartOf is the application that all workloads belong to.
	PartOf = "kubernetes-networking"
	// NonRoot is the uid and gid of the apps' images.
	NonRoot = 65532

	// gracePeriod is Kubernetes' default, in seconds; the apps take 23 s at most: 3 s until nobody sends
	// requests any more, 15 s for those under way, and 5 s for the last traces.
	gracePeriod = 30
)

// Component is the role of a workload, the value of the label app.kubernetes.io/component.
type Component string

// The roles of this demo's workloads.
const (
	Service  Component = "service"
	Database Component = "database"
	Explorer Component = "explorer"
)

// Selector are the labels that pick a workload's Pods. Selectors of Deployments and StatefulSets can never be changed,
// so that nothing which may change, such as a version, is among them.
func Selector(name string) pulumi.StringMap {
	return pulumi.StringMap{
		"app.kubernetes.io/name":    pulumi.String(name),
		"app.kubernetes.io/part-of": pulumi.String(PartOf),
	}
}

// EveryPod are the labels that all Pods of the demo have.
func EveryPod() pulumi.StringMap {
	return pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String(PartOf)}
}

// Labels are those of a workload and of everything that belongs to it.
func Labels(name string, component Component) pulumi.StringMap {
	labels := Selector(name)
	labels["app.kubernetes.io/component"] = pulumi.String(string(component))
	return labels
}

// Meta is the metadata of an object with exactly this name: people type it, and an update that was killed before it
// could note what it had made finds it again.
func Meta(name string, namespace pulumi.StringInput, labels pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: namespace, Labels: labels, Annotations: Applied()}
}

// Awaited is Meta for an object whose Pods package rollout waits for: the provider returns as soon as the object is stored. It
// still waits until a deleted object is gone, which pulumi.com/skipAwait would end as well.
func Awaited(name string, namespace pulumi.StringInput, labels pulumi.StringMap) metav1.ObjectMetaArgs {
	meta := Meta(name, namespace, labels)
	annotations := Applied()
	annotations["pulumi.com/waitFor"] = pulumi.String("jsonpath={.metadata.uid}")
	meta.Annotations = annotations
	return meta
}

// Applied has an update set what the program says, whoever has set it before: people by hand, and an update that was
// killed. Without it the provider takes another name for each object that it does not know, and the API server refuses to
// change what two names own
// (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
func Applied() pulumi.StringMap {
	return pulumi.StringMap{
		"pulumi.com/patchFieldManager": pulumi.String(PartOf),
		"pulumi.com/patchForce":        pulumi.String("true"),
	}
}

// Spread asks the scheduler to put the Pods of a workload on different nodes, as far as there are any.
func Spread(name string) corev1.TopologySpreadConstraintArray {
	return corev1.TopologySpreadConstraintArray{corev1.TopologySpreadConstraintArgs{
		MaxSkew: pulumi.Int(1), TopologyKey: pulumi.String("kubernetes.io/hostname"),
		WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
		LabelSelector:     metav1.LabelSelectorArgs{MatchLabels: Selector(name)},
		// Pods of the version before do not count during a rolling update.
		MatchLabelKeys: pulumi.StringArray{pulumi.String("pod-template-hash")},
	}}
}

// Pod is a Pod template that the Pod Security Standard "restricted" admits
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/), made of the containers and of what spec has
// already. It has no service-account token, unless a container mounts a volume with one, and no variables for other
// Services: those are found by DNS.
func Pod(
	user int, labels pulumi.StringMap, spec corev1.PodSpecArgs, containers ...corev1.ContainerArgs,
) corev1.PodTemplateSpecArgs {
	array := corev1.ContainerArray{}
	for _, container := range containers {
		container.SecurityContext = containerSecurity()
		// The status of a container that fails holds the end of its log.
		container.TerminationMessagePolicy = pulumi.String("FallbackToLogsOnError")
		array = append(array, container)
	}
	spec.Containers = array
	spec.AutomountServiceAccountToken = pulumi.Bool(false)
	spec.EnableServiceLinks = pulumi.Bool(false)
	spec.RestartPolicy = pulumi.String("Always")
	spec.TerminationGracePeriodSeconds = pulumi.Int(gracePeriod)
	spec.SecurityContext = corev1.PodSecurityContextArgs{
		RunAsNonRoot: pulumi.Bool(true),
		RunAsUser:    pulumi.Int(user), RunAsGroup: pulumi.Int(user), FsGroup: pulumi.Int(user),
		SeccompProfile: corev1.SeccompProfileArgs{Type: pulumi.String("RuntimeDefault")},
	}
	return corev1.PodTemplateSpecArgs{Metadata: metav1.ObjectMetaArgs{Labels: labels}, Spec: spec}
}

func containerSecurity() corev1.SecurityContextArgs {
	return corev1.SecurityContextArgs{
		AllowPrivilegeEscalation: pulumi.Bool(false),
		ReadOnlyRootFilesystem:   pulumi.Bool(true),
		Capabilities:             corev1.CapabilitiesArgs{Drop: pulumi.StringArray{pulumi.String("ALL")}},
	}
}

// Resources are the requests and limits of a container. The requests of all of the demo stay below 500m and 500Mi, so
// that it fits a laptop; the limits leave room for a start and for load.
func Resources(cpu, memory, cpuLimit, memoryLimit string) corev1.ResourceRequirementsArgs {
	return corev1.ResourceRequirementsArgs{
		Requests: pulumi.StringMap{"cpu": pulumi.String(cpu), "memory": pulumi.String(memory)},
		Limits:   pulumi.StringMap{"cpu": pulumi.String(cpuLimit), "memory": pulumi.String(memoryLimit)},
	}
}

// SoftMemoryLimit is where Go collects garbage more often, which is GOMEMLIMIT of package runtime, such as 80MiB.
func SoftMemoryLimit(limit string) corev1.EnvVarInput {
	return corev1.EnvVarArgs{Name: pulumi.String("GOMEMLIMIT"), Value: pulumi.String(limit)}
}
