package database

import (
	"crypto/rand"
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

const passwordKey = "password"

// newPassword declares a Secret with a random password. Every run of the program generates another password;
// IgnoreChanges keeps the first one, which the database was created with.
func newPassword(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (*corev1.Secret, error) {
	return newSecret(ctx, name, namespace, labels, pulumi.String(rand.Text()),
		append(opts, pulumi.IgnoreChanges([]string{"stringData", "data"}))...)
}

// newSecret declares a Secret with this password.
func newSecret(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, password pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) (*corev1.Secret, error) {
	secret, err := corev1.NewSecret(ctx, name, &corev1.SecretArgs{
		// There is no name, so that Pulumi generates one with a random suffix: an immutable Secret can only be replaced.
		Metadata:   metav1.ObjectMetaArgs{Namespace: namespace, Labels: labels, Annotations: workload.Applied()},
		Immutable:  pulumi.Bool(true),
		StringData: pulumi.StringMap{passwordKey: password.ToStringOutput()}, // the SDK marks it secret
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declare the Secret %s: %w", name, err)
	}
	return secret, nil
}
