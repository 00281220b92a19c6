package database

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

// newClaim declares the claim of a volume for the server's data, and returns its name.
//
// It is no claim template of the StatefulSet, because Pulumi can keep from deletion only what it has made; and because
// the StatefulSet's controller writes such a claim twice, which has the scheduler try again 2 s later.
func newClaim(
	ctx *pulumi.Context, name string, args Args, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	metadata := workload.Meta(name, args.Namespace, labels)
	// Most storage classes bind a volume no sooner than a Pod claims it.
	annotations := workload.Applied()
	annotations["pulumi.com/skipAwait"] = pulumi.String("true")
	metadata.Annotations = annotations
	spec := corev1.PersistentVolumeClaimSpecArgs{
		AccessModes: pulumi.StringArray{pulumi.String("ReadWriteOnce")},
		Resources: corev1.VolumeResourceRequirementsArgs{
			Requests: pulumi.StringMap{"storage": pulumi.String(args.Storage)},
		},
	}
	// A claim's class cannot be changed: Pulumi would delete the claim, and the data with it, for another one.
	opts = append(opts, pulumi.IgnoreChanges([]string{"spec.storageClassName"}))
	if args.StorageClass != "" {
		spec.StorageClassName = pulumi.String(args.StorageClass)
	}
	claim, err := corev1.NewPersistentVolumeClaim(ctx, name, &corev1.PersistentVolumeClaimArgs{Metadata: metadata, Spec: spec}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the PersistentVolumeClaim %s: %w", name, err)
	}
	return claim.Metadata.Name().Elem(), nil
}
