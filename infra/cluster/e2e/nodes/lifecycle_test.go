//go:build e2e

package nodes

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// The tests in this file are not parallel, because they drain a node and restart the cluster.

func TestInvalidNodesAreReported(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"node", "stop", "demo-7"}, "cluster: the cluster has no node demo-7"},
		{[]string{"node", "start", "demo-7"}, "cluster: the cluster has no node demo-7"},
		{[]string{"node", "stop", "other"}, `cluster: "other" is not the name of a node: the names are demo, demo-2 and so on, up to demo-9`},
		{[]string{"node", "stop"}, "cluster: cluster node stop takes the name of one node, as in `cluster node stop demo`"},
		{[]string{"node", "start", "demo", "demo-2"}, "cluster: cluster node start takes the name of one node"},
		{[]string{"up", "--nodes", "2"}, "cluster: the cluster has 3 nodes, with volumes and Pods on each, and cannot be reduced to 2"},
		{[]string{"up", "--nodes", "4"}, "cluster: the cluster runs with nodes demo, demo-2, demo-3: stop it (make cluster-down), and start it with NODES=4"},
		{[]string{"up", "--eviction-after", "30s"}, "cluster: the cluster evicts Pods after 5m0s: stop it (make cluster-down), and start it with EVICTION_AFTER=30s"},
	} {
		got, err := clustertest.TryCluster(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("cluster %s: %q, %v; want one line: %s", strings.Join(c.args, " "), got, err, c.want)
		}
	}
}

func TestDrainMovesPodsToOtherNodes(t *testing.T) {
	ns := clustertest.Namespace(t)
	startDeployment(t, ns, "web", 6)
	clustertest.Kubectl(t, "drain", "demo-3", "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s")
	if left := podsOn(t, ns, "app=web", "demo-3"); len(left) > 0 {
		t.Errorf("%q are still on demo-3", slices.Collect(maps.Keys(left)))
	}
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	clustertest.Kubectl(t, "uncordon", "demo-3")
	clustertest.Kubectl(t, "scale", "--namespace", ns, "deployment/web", "--replicas=9")
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	if len(podsOn(t, ns, "app=web", "demo-3")) == 0 {
		t.Error("demo-3 has no Pod after uncordon")
	}
}

func TestRestartedClusterKeepsItsNodesAndCanGrow(t *testing.T) {
	ns := clustertest.Namespace(t)
	startServer(t, ns, "stays", "demo-2")
	clustertest.Cluster(t, "node", "stop", "demo-3")
	clustertest.Cluster(t, "down")
	if _, err := clustertest.TryCluster(t, "up", "--nodes", "2"); err == nil || !strings.Contains(err.Error(), "cannot be reduced to 2") {
		t.Errorf("with fewer nodes: %v, want an error", err)
	}
	// A restart also starts nodes that were cut off.
	contains(t, "cluster up", clustertest.Cluster(t, "up", "--nodes", "4", "--eviction-after", "7s"), "cluster is ready: nodes demo, demo-2, demo-3, demo-4, cluster DNS answers")
	awaitNodes(t, map[string]bool{"demo": true, "demo-2": true, "demo-3": true, "demo-4": true})
	if got := awaitReady(t, ns, "stays").Spec.NodeName; got != "demo-2" {
		t.Errorf("the Pod is on %s, want demo-2 as before", got)
	}
	startServer(t, ns, "new", "demo-4")
	pod, err := clustertest.Client(t).CoreV1().Pods(ns).Get(t.Context(), "new", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		if err := tolerates(pod, taint, 7); err != nil {
			t.Error(err)
		}
	}
}

// tolerates checks the number of seconds that a Pod stays on a node with the taint.
func tolerates(pod *corev1.Pod, taint string, seconds int64) error {
	for _, toleration := range pod.Spec.Tolerations {
		if toleration.Key == taint && toleration.Effect == corev1.TaintEffectNoExecute {
			if toleration.TolerationSeconds == nil || *toleration.TolerationSeconds != seconds {
				return fmt.Errorf("the Pod tolerates %v, want %d s", toleration, seconds)
			}
			return nil
		}
	}
	return errors.New("the Pod does not tolerate " + taint)
}
