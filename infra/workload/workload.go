// Package workload holds the parts that all Pods of the demo share: labels, hardening, resources and probes.
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

	// gracePeriod is Kubernetes' default, in seconds. The apps take up to 25 s: 5 s until no more requests arrive, 15 s
	// for requests in progress, and 5 s for the last traces.
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

// Selector returns the labels that select a workload's Pods. Selectors of Deployments and StatefulSets are immutable,
// so that they must not include anything that may change, such as a version.
func Selector(name string) pulumi.StringMap {
	return pulumi.StringMap{
		"app.kubernetes.io/name":    pulumi.String(name),
		"app.kubernetes.io/part-of": pulumi.String(PartOf),
	}
}

// EveryPod returns the labels that all Pods of the demo have.
func EveryPod() pulumi.StringMap {
	return pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String(PartOf)}
}

// Labels returns the labels of a workload and of everything that belongs to it.
func Labels(name string, component Component) pulumi.StringMap {
	labels := Selector(name)
	labels["app.kubernetes.io/component"] = pulumi.String(string(component))
	return labels
}

// Meta returns the metadata of an object with exactly this name. People type it, and the next update finds the object
// even if this one is killed before the state is written.
func Meta(name string, namespace pulumi.StringInput, labels pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: namespace, Labels: labels, Annotations: Applied()}
}

// Awaited is like Meta, for an object whose Pods package rollout waits for: the provider returns once the object is
// stored. It still waits until a deleted object is gone, unlike with pulumi.com/skipAwait.
func Awaited(name string, namespace pulumi.StringInput, labels pulumi.StringMap) metav1.ObjectMetaArgs {
	meta := Meta(name, namespace, labels)
	annotations := Applied()
	annotations["pulumi.com/waitFor"] = pulumi.String("jsonpath={.metadata.uid}")
	meta.Annotations = annotations
	return meta
}

// Applied returns annotations that let an update overwrite fields that others have set, by hand or in an update that
// was killed. Without them, the provider uses another field manager for each object that is not in its state, and the
// API server rejects changes of fields that another manager owns
// (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
func Applied() pulumi.StringMap {
	return pulumi.StringMap{
		"pulumi.com/patchFieldManager": pulumi.String(PartOf),
		"pulumi.com/patchForce":        pulumi.String("true"),
	}
}

// Spread returns a constraint that spreads the Pods of a workload over the nodes, as far as there are several.
func Spread(name string) corev1.TopologySpreadConstraintArray {
	return corev1.TopologySpreadConstraintArray{corev1.TopologySpreadConstraintArgs{
		MaxSkew: pulumi.Int(1), TopologyKey: pulumi.String("kubernetes.io/hostname"),
		WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
		LabelSelector:     metav1.LabelSelectorArgs{MatchLabels: Selector(name)},
		// Pods of the old version do not count during a rolling update.
		MatchLabelKeys: pulumi.StringArray{pulumi.String("pod-template-hash")},
	}}
}

// Pod returns a Pod template with these containers, and with the fields that spec sets already. The Pod Security
// Standard "restricted" admits it (https://kubernetes.io/docs/concepts/security/pod-security-standards/). It has no
// service-account token, unless a container mounts a volume with one, and no variables for other Services, because DNS
// resolves them.
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

// Resources returns the requests and limits of a container. The requests of the whole demo stay below 500m and 500Mi,
// so that it fits a laptop. The limits leave room for a start and for load.
func Resources(cpu, memory, cpuLimit, memoryLimit string) corev1.ResourceRequirementsArgs {
	return corev1.ResourceRequirementsArgs{
		Requests: pulumi.StringMap{"cpu": pulumi.String(cpu), "memory": pulumi.String(memory)},
		Limits:   pulumi.StringMap{"cpu": pulumi.String(cpuLimit), "memory": pulumi.String(memoryLimit)},
	}
}

// SoftMemoryLimit returns the variable GOMEMLIMIT of package runtime, such as 80MiB: above it, Go collects garbage more
// often.
func SoftMemoryLimit(limit string) corev1.EnvVarInput {
	return corev1.EnvVarArgs{Name: pulumi.String("GOMEMLIMIT"), Value: pulumi.String(limit)}
}
