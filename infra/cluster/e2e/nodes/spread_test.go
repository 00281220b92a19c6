//go:build e2e

package nodes

import (
	"maps"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// nodesOf returns the number of Pods on each node that match a label selector.
func nodesOf(t *testing.T, namespace, selector string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, pod := range podsOf(t, namespace, selector) {
		count[pod.Spec.NodeName]++
	}
	return count
}

func TestDeploymentSpreadsOverTheNodes(t *testing.T) {
	t.Parallel()
	ns, nodes := clustertest.Namespace(t), allNodes(t)
	startDeployment(t, ns, "web", 2*len(nodes))
	if got := nodesOf(t, ns, "app=web"); len(got) != len(nodes) {
		t.Errorf("the Pods are on %v, want them on all of %d nodes", got, len(nodes))
	}
}

// startDeployment starts servers that a lost node evicts after 2 s, and waits until they are Ready.
func startDeployment(t *testing.T, namespace, name string, replicas int) {
	t.Helper()
	labels := map[string]string{"app": name}
	spec := serverSpec()
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		spec.Tolerations = append(spec.Tolerations, corev1.Toleration{
			Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr.To[int64](2),
		})
	}
	_, err := clustertest.Client(t).AppsV1().Deployments(namespace).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(replicas)), Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Kubectl(t, "rollout", "status", "--namespace", namespace, "deployment/"+name, "--timeout=60s")
}

func TestDaemonSetHasAPodOnEveryNode(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	labels := map[string]string{"app": "agent"}
	_, err := clustertest.Client(t).AppsV1().DaemonSets(ns).Create(t.Context(), &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "agent"},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: serverSpec()},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "daemonset/agent", "--timeout=60s")
	want := map[string]int{}
	for node := range allNodes(t) {
		want[node] = 1
	}
	if got := nodesOf(t, ns, "app=agent"); !maps.Equal(got, want) {
		t.Errorf("the Pods are on %v, want %v", got, want)
	}
}

func TestVolumeStaysOnItsNode(t *testing.T) {
	t.Parallel()
	ns, nodes := clustertest.Namespace(t), allNodes(t)
	with := func(claim string) func(*corev1.PodSpec) {
		return func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
			s.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
		}
	}
	for node := range nodes {
		clustertest.Apply(t, ns, `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: `+node+`}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}`)
		createServer(t, ns, "writer-"+node, node, with(node))
	}
	for node := range nodes {
		awaitReady(t, ns, "writer-"+node)
		clustertest.Exec(t, ns, "writer-"+node, "sh", "-c", "echo "+node+" > /data/file")
	}
	clustertest.Kubectl(t, "delete", "pods", "--namespace", ns, "--all")
	anywhere := func(s *corev1.PodSpec) { s.NodeSelector = nil }
	for node := range nodes {
		createServer(t, ns, "reader-"+node, "", with(node), anywhere)
	}
	for node := range nodes {
		if got := awaitReady(t, ns, "reader-"+node).Spec.NodeName; got != node {
			t.Errorf("the Pod with the volume of %s is on %s", node, got)
		}
		if got := clustertest.Exec(t, ns, "reader-"+node, "cat", "/data/file"); got != node+"\n" {
			t.Errorf("the volume of %s contains %q", node, got)
		}
	}
}
