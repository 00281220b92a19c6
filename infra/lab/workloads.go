package lab

import (
	"maps"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// withName returns the selector with another name.
func withName(selector pulumi.StringMapInput, name string) pulumi.StringMap {
	original, _ := selector.(pulumi.StringMap)
	labels := pulumi.StringMap{} // a copy, because the policies share the original
	maps.Copy(labels, original)
	labels[nameLabel] = pulumi.String(name)
	return labels
}

// notAwaited makes the update skip waiting for the Pods, which will not become ready.
func notAwaited(deployment *appsv1.DeploymentArgs) {
	edit(&deployment.Metadata, func(meta *metav1.ObjectMetaArgs) {
		edit(&meta.Annotations, func(annotations *pulumi.StringMap) {
			(*annotations)["pulumi.com/skipAwait"] = pulumi.String("true")
		})
	})
}

// replacedAtOnce replaces all Pods at once and skips waiting for the new ones. A rolling update would keep the old Pods
// until the new ones are ready, which they never are.
func replacedAtOnce(deployment *appsv1.DeploymentArgs) {
	notAwaited(deployment)
	edit(&deployment.Spec, func(spec *appsv1.DeploymentSpecArgs) {
		spec.Strategy = appsv1.DeploymentStrategyArgs{Type: pulumi.String("Recreate")}
	})
}

// neverReady sets a path for the readiness probe that the app does not serve.
func neverReady(deployment *appsv1.DeploymentArgs) {
	replacedAtOnce(deployment)
	edit(&deployment.Spec, func(spec *appsv1.DeploymentSpecArgs) {
		edit(&spec.Template, func(template *corev1.PodTemplateSpecArgs) {
			edit(&template.Spec, func(pod *corev1.PodSpecArgs) {
				edit(&pod.Containers, func(containers *corev1.ContainerArray) {
					edit(&(*containers)[0], probeWrongPath)
				})
			})
		})
	})
}

func probeWrongPath(container *corev1.ContainerArgs) {
	edit(&container.ReadinessProbe, func(probe *corev1.ProbeArgs) {
		edit(&probe.HttpGet, func(request *corev1.HTTPGetActionArgs) { request.Path = pulumi.String(wrongPath) })
	})
}

// stopped scales the database to zero Pods. Its volume and its Service stay.
func stopped(database *appsv1.StatefulSetArgs) {
	edit(&database.Spec, func(spec *appsv1.StatefulSetSpecArgs) { spec.Replicas = pulumi.Int(0) })
}
