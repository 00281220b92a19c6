package endpoint

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// NewPods declares a headless Service without ports, and returns its DNS name. The name resolves to the address of
// every Pod that the selector matches, ready or not. See
// https://kubernetes.io/docs/concepts/services-networking/service/#headless-services.
func NewPods(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, selector pulumi.StringMap,
	opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	labels := workload.Labels(name, workload.Explorer)
	meta := workload.Meta(name, namespace, labels)
	meta.Annotations = annotations("ClusterIP")
	service, err := corev1.NewService(ctx, name, &corev1.ServiceArgs{
		Metadata: meta,
		Spec: corev1.ServiceSpecArgs{
			Type: pulumi.String("ClusterIP"), ClusterIP: pulumi.String("None"),
			Selector: selector, PublishNotReadyAddresses: pulumi.Bool(true),
		},
	}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the Service %s: %w", name, err)
	}
	return pulumi.Sprintf("%s.%s.svc", service.Metadata.Name().Elem(), service.Metadata.Namespace().Elem()), nil
}
