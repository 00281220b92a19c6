package sidecar

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	tokenVolume = "service-account"
	// tokenFolder is the folder in which clients of the Kubernetes API expect the token.
	tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
	// tokenSeconds is how long a token is valid. The kubelet replaces it in time.
	tokenSeconds = 3600
)

// token returns the volume that the kubelet would mount into every container of the Pod: a token of the service
// account, and the CA of the API server's certificate. Only the explorer mounts it, because the probe does not use the
// API.
func token() corev1.VolumeArgs {
	return corev1.VolumeArgs{Name: pulumi.String(tokenVolume), Projected: corev1.ProjectedVolumeSourceArgs{
		Sources: corev1.VolumeProjectionArray{
			corev1.VolumeProjectionArgs{ServiceAccountToken: corev1.ServiceAccountTokenProjectionArgs{
				Path: pulumi.String("token"), ExpirationSeconds: pulumi.Int(tokenSeconds),
			}},
			corev1.VolumeProjectionArgs{ConfigMap: corev1.ConfigMapProjectionArgs{
				Name:  pulumi.String("kube-root-ca.crt"), // Kubernetes creates it in every namespace
				Items: corev1.KeyToPathArray{corev1.KeyToPathArgs{Key: pulumi.String("ca.crt"), Path: pulumi.String("ca.crt")}},
			}},
		},
	}}
}

func tokenMount() corev1.VolumeMountArgs {
	return corev1.VolumeMountArgs{
		Name: pulumi.String(tokenVolume), MountPath: pulumi.String(tokenFolder), ReadOnly: pulumi.Bool(true),
	}
}
