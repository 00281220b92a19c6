package database

import (
	"crypto/rand"
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/workload"
)

const passwordKey = "password"

// newPassword declares a Secret with a password that nobody chooses, and returns its name. Every run of the program
// makes up another password; IgnoreChanges keeps the first one, which the database was created with.
func newPassword(
	ctx *pulumi.Context, name string, namespace pulumi.StringInput, labels pulumi.StringMap, opts ...pulumi.ResourceOption,
) (pulumi.StringOutput, error) {
	secret, err := corev1.NewSecret(ctx, name, &corev1.SecretArgs{
		Metadata:   workload.Meta(namespace, labels),
		StringData: pulumi.StringMap{passwordKey: pulumi.String(rand.Text())}, // the SDK marks it secret
	}, append(opts, pulumi.IgnoreChanges([]string{"stringData", "data"}))...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("declare the Secret %s: %w", name, err)
	}
	return secret.Metadata.Name().Elem(), nil
}
