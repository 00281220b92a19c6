package database

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/connections"
	"example.com/kubernetes-networking/infra/workload"
)

const (
	// user is the uid and gid of postgres in the official image and in ours.
	user = 999

	volume     = "data"
	dataFolder = "/var/lib/postgresql/data"
)

// pod returns the Pod of one server. Its root file system is read-only; the server writes to the three mounted folders.
func pod(args Args, labels pulumi.StringMap, secret, claim pulumi.StringInput) corev1.PodTemplateSpecArgs {
	variable := func(name string, value pulumi.StringInput) corev1.EnvVarArgs {
		return corev1.EnvVarArgs{Name: pulumi.String(name), Value: value.ToStringOutput()}
	}
	// A starting server logs each connection as a FATAL error, so the probe reads its state from a file first.
	wait := []string{"sh", "-c", `until grep -qs '^ready' "$PGDATA/postmaster.pid" && ` +
		"pg_isready --host=127.0.0.1 --username=" + role + " --quiet; do sleep 0.1; done"}
	// Later, the server need only accept connections: on a busy node, pg_isready timed out, and Kubernetes restarted a
	// database that was only slow.
	container := workload.TCPProbes(wait, portName).Of(
		corev1.ContainerArgs{
			Name:      pulumi.String("postgresql"),
			Image:     args.Image.ToStringOutput(),
			Args:      pulumi.ToStringArray([]string{"-c", fmt.Sprintf("max_connections=%d", connections.PerServer)}),
			Resources: workload.Resources("40m", "64Mi", "1", "256Mi"),
			Ports:     corev1.ContainerPortArray{workload.TCPPort(portName, Port)},
			Env: corev1.EnvVarArray{
				variable("POSTGRES_USER", pulumi.String(role)),
				variable("POSTGRES_DB", pulumi.String(role)),
				// PostgreSQL requires an empty folder, and a volume's root may contain lost+found.
				variable("PGDATA", pulumi.String(dataFolder+"/pgdata")),
				corev1.EnvVarArgs{Name: pulumi.String("POSTGRES_PASSWORD"), ValueFrom: corev1.EnvVarSourceArgs{
					SecretKeyRef: corev1.SecretKeySelectorArgs{
						Name: secret.ToStringOutput(), Key: pulumi.String(passwordKey),
					},
				}},
			},
			VolumeMounts: corev1.VolumeMountArray{
				mount(volume, dataFolder), mount("socket", "/var/run/postgresql"), mount("temporary", "/tmp"),
			},
		})
	spec := corev1.PodSpecArgs{
		Volumes:          corev1.VolumeArray{claimed(claim), emptyDir("socket"), emptyDir("temporary")},
		ImagePullSecrets: args.PullSecrets,
	}
	return workload.Pod(user, labels, spec, container)
}

func mount(name, path string) corev1.VolumeMountArgs {
	return corev1.VolumeMountArgs{Name: pulumi.String(name), MountPath: pulumi.String(path)}
}

func claimed(claim pulumi.StringInput) corev1.VolumeArgs {
	return corev1.VolumeArgs{
		Name:                  pulumi.String(volume),
		PersistentVolumeClaim: corev1.PersistentVolumeClaimVolumeSourceArgs{ClaimName: claim.ToStringOutput()},
	}
}

func emptyDir(name string) corev1.VolumeArgs {
	return corev1.VolumeArgs{Name: pulumi.String(name), EmptyDir: corev1.EmptyDirVolumeSourceArgs{}}
}
