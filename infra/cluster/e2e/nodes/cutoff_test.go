//go:build e2e

package nodes

import (
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// noteTimeout is beyond the 50 s after which Kubernetes gives a node up that it does not hear of.
const noteTimeout = 75 * time.Second

// The tests of this file are not parallel: they stop nodes.

func TestKubernetesMovesOnWithoutANodeAndTakesItBack(t *testing.T) {
	ns := clustertest.Namespace(t)
	startDeployment(t, ns, "web", 6)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}`)
	startServer(t, ns, "client", "demo-3")
	startServer(t, ns, "patient", "demo-2") // it waits for its node for five minutes, as Pods do that say nothing else
	lost := podsOn(t, ns, "app=web", "demo-2")
	if len(lost) == 0 {
		t.Fatal("no Pod of the Deployment is on demo-2")
	}

	got := clustertest.Cluster(t, "node", "stop", "demo-2")
	contains(t, "cluster node stop", got, "node demo-2 is cut off", "NotReady", "5m0s", "cluster node start demo-2")
	contains(t, "the second cluster node stop", clustertest.Cluster(t, "node", "stop", "demo-2"), "node demo-2 is cut off already", "cluster node start demo-2")
	contains(t, "cluster up", clustertest.Cluster(t, "up"), "cluster is ready: nodes demo, demo-3 (cut off: node demo-2)")
	contains(t, "cluster status", clustertest.Cluster(t, "status"), "ready: true", "demo-3/kubelet")

	clustertest.AwaitWithin(t, noteTimeout, "demo-2 to be NotReady", func() error {
		if got := allNodes(t); got["demo-2"] || !got["demo"] || !got["demo-3"] {
			return fmt.Errorf("Ready are %v", got)
		}
		return nil
	})
	noted := time.Now()
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	clustertest.Await(t, "eviction from demo-2", func() error {
		for name, pod := range podsOn(t, ns, "app=web", "demo-2") {
			if pod.DeletionTimestamp == nil {
				return fmt.Errorf("Pod %s is left", name)
			}
		}
		return nil
	})
	t.Logf("the Pods of demo-2 are elsewhere %.1f s after it was noted as lost", time.Since(noted).Seconds())
	if patient, found := podsOn(t, ns, "app=patient", "demo-2")["patient"]; !found || patient.DeletionTimestamp != nil || isReady(patient) {
		t.Errorf("the Pod that waits for its node is %v, want it there and not Ready", patient.Status.Conditions)
	}
	for _, got := range ask(t, ns, "client", slices.Repeat([]string{"web"}, 20)...) { // of six servers two were on demo-2: it would be luck to miss those
		if _, isLost := lost[got.server]; got.server == "" || isLost {
			t.Errorf("the Service leads to %q, which is not one of the Pods that are left", got.server)
		}
	}

	contains(t, "cluster node start", clustertest.Cluster(t, "node", "start", "demo-2"), "node demo-2 is Ready")
	awaitNodes(t, map[string]bool{"demo": true, "demo-2": true, "demo-3": true})
	contains(t, "the second cluster node start", clustertest.Cluster(t, "node", "start", "demo-2"), "node demo-2 runs already", "node demo-2 is Ready")
	clustertest.Await(t, "the end of the Pods that were evicted", func() error {
		for _, pod := range podsOf(t, ns, "app=web") {
			if _, isLost := lost[pod.Name]; isLost {
				return fmt.Errorf("Pod %s is there", pod.Name)
			}
		}
		return nil
	})
	patient := awaitReady(t, ns, "patient")
	if got := ask(t, ns, "client", patient.Status.PodIP)[0]; got.server != "patient" {
		t.Errorf("the Pod that has waited for its node is %q", got.server)
	}
}

func podsOn(t *testing.T, namespace, selector, node string) map[string]corev1.Pod {
	t.Helper()
	on := map[string]corev1.Pod{}
	for _, pod := range podsOf(t, namespace, selector) {
		if pod.Spec.NodeName == node {
			on[pod.Name] = pod
		}
	}
	return on
}

func TestTheClusterWorksWithoutItsFirstNode(t *testing.T) {
	ns := clustertest.Namespace(t)
	ips := startServers(t, ns)
	clustertest.Cluster(t, "node", "stop", "demo")
	// A new Pod needs the API server, etcd, the controllers and the scheduler.
	startServer(t, ns, "new", "demo-2")
	if got, want := ask(t, ns, "new", ips["demo"], ips["demo-3"]), "demo-3"; got[0].server != "" || got[1].server != want {
		t.Errorf("from demo-2, a Pod of the node that was stopped is %q, and one of demo-3 is %q, want nobody and %s", got[0].server, got[1].server, want)
	}
	clustertest.Await(t, "names on demo-3", func() error { // half of the attempts may ask the cluster DNS of the node that was stopped
		_, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "demo-3", "--", "nslookup", "-type=a", "kubernetes.default.svc.cluster.local")
		return err
	})
	clustertest.Cluster(t, "node", "start", "demo")
	awaitReady(t, ns, "demo")
}
