package lab

import (
	"maps"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// withName is the selector with another name.
func withName(selector pulumi.StringMapInput, name string) pulumi.StringMap {
	right, _ := selector.(pulumi.StringMap)
	labels := pulumi.StringMap{} // a map of its own: the right one is that of the policies, too
	maps.Copy(labels, right)
	labels[nameLabel] = pulumi.String(name)
	return labels
}

// notAwaited has the update not wait until the Pods are ready, which they will not be.
func notAwaited(deployment *appsv1.DeploymentArgs) {
	in(&deployment.Metadata, func(meta *metav1.ObjectMetaArgs) {
		in(&meta.Annotations, func(annotations *pulumi.StringMap) {
			(*annotations)["pulumi.com/skipAwait"] = pulumi.String("true")
		})
	})
}

// replacedAtOnce has all Pods replaced at once, and nothing waits for the new ones. A rolling update keeps the old Pods until
// the new ones are ready: where those never are, it stops half-way.
func replacedAtOnce(deployment *appsv1.DeploymentArgs) {
	notAwaited(deployment)
	in(&deployment.Spec, func(spec *appsv1.DeploymentSpecArgs) {
		spec.Strategy = appsv1.DeploymentStrategyArgs{Type: pulumi.String("Recreate")}
	})
}

// neverReady has the kubelet look for readiness where nobody answers.
func neverReady(deployment *appsv1.DeploymentArgs) {
	replacedAtOnce(deployment)
	in(&deployment.Spec, func(spec *appsv1.DeploymentSpecArgs) {
		in(&spec.Template, func(template *corev1.PodTemplateSpecArgs) {
			in(&template.Spec, func(pod *corev1.PodSpecArgs) {
				in(&pod.Containers, func(containers *corev1.ContainerArray) {
					in(&(*containers)[0], askWrongPath)
				})
			})
		})
	})
}

func askWrongPath(container *corev1.ContainerArgs) {
	in(&container.ReadinessProbe, func(probe *corev1.ProbeArgs) {
		in(&probe.HttpGet, func(request *corev1.HTTPGetActionArgs) { request.Path = pulumi.String(wrongPath) })
	})
}

// stopped leaves the database its volume and its Service, and no Pod.
func stopped(database *appsv1.StatefulSetArgs) {
	in(&database.Spec, func(spec *appsv1.StatefulSetSpecArgs) { spec.Replicas = pulumi.Int(0) })
}
