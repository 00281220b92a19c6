//go:build e2e

package kubectl

import (
	"fmt"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestVolumeIsExpandedWithItsData(t *testing.T) {
	t.Parallel()
	namespace := clustertest.Namespace(t)
	clustertest.Apply(t, namespace, fmt.Sprintf(`
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: writer}, spec: {terminationGracePeriodSeconds: 1, volumes: [{name: data, persistentVolumeClaim: {claimName: data}}],
  containers: [{name: shell, image: %q, command: [sh, -c, "echo kept > /data/file; exec sleep infinity"], volumeMounts: [{name: data, mountPath: /data}]}]}}`,
		clustertest.Busybox))
	kubectl := func(args ...string) string {
		return clustertest.Kubectl(t, append([]string{"--namespace", namespace}, args...)...)
	}
	kubectl("wait", "--for=condition=Ready", "pod/writer", "--timeout=60s")
	kubectl("patch", "persistentvolumeclaim", "data", "--patch", `{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}`)
	kubectl("wait", "--for=jsonpath={.status.capacity.storage}=2Gi", "persistentvolumeclaim/data", "--timeout=60s")
	volume := kubectl("get", "persistentvolumeclaim", "data", "--output", "jsonpath={.spec.volumeName}")
	equal(t, "the volume's capacity", kubectl("get", "persistentvolume", volume, "--output", "jsonpath={.spec.capacity.storage}"), "2Gi")
	equal(t, "the file", clustertest.Exec(t, namespace, "writer", "cat", "/data/file"), "kept")
	if _, err := clustertest.TryKubectl(t, "--namespace", namespace, "patch", "persistentvolumeclaim", "data", "--patch",
		`{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}`); err == nil {
		t.Error("the API server accepts a smaller size, want an error")
	}
}
