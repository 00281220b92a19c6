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

// newPassword declares a Secret with a password that nobody chooses, and returns its name. Every run of the program
// makes up another password; IgnoreChanges keeps the first one, which the database was created with.
func newPassword(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	return newSecret(ctx, name, namespace, labels, pulumi.String(rand.Text()),
		append(opts, pulumi.IgnoreChanges([]string{"stringData", "data"}))...)
}

// newSecret declares a Secret with this password, and returns its name.
func newSecret(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, password pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	secret, err := corev1.NewSecret(ctx, name, &corev1.SecretArgs{
		// Pulumi adds a random suffix to the name: what cannot be changed can only be replaced by another one.
		Metadata:   metav1.ObjectMetaArgs{Namespace: namespace, Labels: labels, Annotations: workload.Applied()},
		Immutable:  pulumi.Bool(true),
		StringData: pulumi.StringMap{passwordKey: password.ToStringOutput()}, // the SDK marks it secret
	}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the Secret %s: %w", name, err)
	}
	return secret.Metadata.Name().Elem(), nil
}
