package database

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// newClaim declares the claim of a volume for the server's data.
//
// The StatefulSet has no claim template, because Pulumi can protect only its own resources from deletion; and because
// the StatefulSet's controller writes such a claim twice, after which the scheduler retries 2 s later.
func newClaim(
	ctx *pulumi.Context, name string, args Args, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (*corev1.PersistentVolumeClaim, error) {
	metadata := workload.Meta(name, args.Namespace, labels)
	// Most storage classes bind a volume only when a Pod uses the claim.
	annotations := workload.Applied()
	annotations["pulumi.com/skipAwait"] = pulumi.String("true")
	metadata.Annotations = annotations
	spec := corev1.PersistentVolumeClaimSpecArgs{
		AccessModes: pulumi.StringArray{pulumi.String("ReadWriteOnce")},
		Resources: corev1.VolumeResourceRequirementsArgs{
			Requests: pulumi.StringMap{"storage": pulumi.String(args.Storage)},
		},
	}
	// The class of a claim is immutable. Pulumi would replace the claim, and delete its data.
	opts = append(opts, pulumi.IgnoreChanges([]string{"spec.storageClassName"}))
	if args.StorageClass != "" {
		spec.StorageClassName = pulumi.String(args.StorageClass)
	}
	claim, err := corev1.NewPersistentVolumeClaim(ctx, name,
		&corev1.PersistentVolumeClaimArgs{Metadata: metadata, Spec: spec}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the PersistentVolumeClaim %s: %w", name, err)
	}
	return claim, nil
}
