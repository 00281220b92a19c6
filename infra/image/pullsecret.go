package image

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// NewPullSecret declares a Secret with the content of a Docker config.json, and returns the imagePullSecrets of Pods
// that use it. See https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/.
func NewPullSecret(
	ctx *pulumi.Context, name string, namespace, content pulumi.StringInput, opts ...pulumi.ResourceOption,
) (corev1.LocalObjectReferenceArray, error) {
	secret, err := corev1.NewSecret(ctx, name, &corev1.SecretArgs{
		// There is no name, so that Pulumi generates one with a random suffix: an immutable Secret can only be replaced.
		Metadata: metav1.ObjectMetaArgs{
			Namespace: namespace, Labels: workload.Selector(name), Annotations: workload.Applied(),
		},
		Immutable:  pulumi.Bool(true),
		Type:       pulumi.String("kubernetes.io/dockerconfigjson"),
		StringData: pulumi.StringMap{".dockerconfigjson": content.ToStringOutput()},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the Secret %s: %w", name, err)
	}
	return corev1.LocalObjectReferenceArray{corev1.LocalObjectReferenceArgs{Name: secret.Metadata.Name()}}, nil
}
