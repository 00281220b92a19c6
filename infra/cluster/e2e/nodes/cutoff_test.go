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

// noteTimeout exceeds the 50 s after which Kubernetes marks an unreachable node as not Ready.
const noteTimeout = 75 * time.Second

// The tests in this file are not parallel, because they stop nodes.

func TestPodsOfALostNodeAreReplacedUntilItReturns(t *testing.T) {
	ns := clustertest.Namespace(t)
	startDeployment(t, ns, "web", 6)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}`)
	startServer(t, ns, "client", "demo-3")
	startServer(t, ns, "patient", "demo-2") // has the default tolerations of 5 minutes
	lost := podsOn(t, ns, "app=web", "demo-2")
	if len(lost) == 0 {
		t.Fatal("no Pod of the Deployment is on demo-2")
	}

	got := clustertest.Cluster(t, "node", "stop", "demo-2")
	contains(t, "cluster node stop", got, "node demo-2 is cut off", "NotReady", "5m0s", "cluster node start demo-2")
	contains(t, "the second cluster node stop", clustertest.Cluster(t, "node", "stop", "demo-2"), "node demo-2 is cut off already", "cluster node start demo-2")
	_, err := clustertest.TryCluster(t, "node", "shell", "demo-2")
	contains(t, "cluster node shell", fmt.Sprint(err), "node demo-2 does not run", "cluster node start demo-2")
	contains(t, "cluster up", clustertest.Cluster(t, "up"), "cluster is ready: nodes demo, demo-3 (cut off: node demo-2)")
	contains(t, "cluster status", clustertest.Cluster(t, "status"), "ready: true", "demo-3/kubelet")

	clustertest.AwaitWithin(t, noteTimeout, "demo-2 to be NotReady", func() error {
		if got := allNodes(t); got["demo-2"] || !got["demo"] || !got["demo-3"] {
			return fmt.Errorf("the nodes are %v", got)
		}
		return nil
	})
	marked := time.Now()
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	clustertest.Await(t, "eviction from demo-2", func() error {
		for name, pod := range podsOn(t, ns, "app=web", "demo-2") {
			if pod.DeletionTimestamp == nil {
				return fmt.Errorf("Pod %s is not evicted", name)
			}
		}
		return nil
	})
	t.Logf("the Pods of demo-2 are replaced %.1f s after the node became NotReady", time.Since(marked).Seconds())
	if patient, found := podsOn(t, ns, "app=patient", "demo-2")["patient"]; !found || patient.DeletionTimestamp != nil || isReady(patient) {
		t.Errorf("the Pod with the default tolerations is %v, want it present and not Ready", patient.Status.Conditions)
	}
	for _, got := range ask(t, ns, "client", slices.Repeat([]string{"web"}, 20)...) { // two of the six servers were on demo-2, so 20 requests would hardly miss them
		if _, isLost := lost[got.server]; got.server == "" || isLost {
			t.Errorf("the Service leads to %q, which is not a remaining Pod", got.server)
		}
	}

	contains(t, "cluster node start", clustertest.Cluster(t, "node", "start", "demo-2"), "node demo-2 is Ready")
	awaitNodes(t, map[string]bool{"demo": true, "demo-2": true, "demo-3": true})
	contains(t, "the second cluster node start", clustertest.Cluster(t, "node", "start", "demo-2"), "node demo-2 runs already", "node demo-2 is Ready")
	clustertest.Await(t, "the end of the evicted Pods", func() error {
		for _, pod := range podsOf(t, ns, "app=web") {
			if _, isLost := lost[pod.Name]; isLost {
				return fmt.Errorf("Pod %s still exists", pod.Name)
			}
		}
		return nil
	})
	patient := awaitReady(t, ns, "patient")
	if got := ask(t, ns, "client", patient.Status.PodIP)[0]; got.server != "patient" {
		t.Errorf("the Pod on the returned node answers as %q", got.server)
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

func TestClusterWorksWithoutItsFirstNode(t *testing.T) {
	ns := clustertest.Namespace(t)
	ips := startServers(t, ns)
	clustertest.Cluster(t, "node", "stop", "demo")
	// A new Pod needs the API server, etcd, the controllers and the scheduler.
	startServer(t, ns, "new", "demo-2")
	if got, want := ask(t, ns, "new", ips["demo"], ips["demo-3"]), "demo-3"; got[0].server != "" || got[1].server != want {
		t.Errorf("from demo-2, the Pod of the stopped node answers %q and the Pod of demo-3 answers %q, want no answer and %s", got[0].server, got[1].server, want)
	}
	clustertest.Await(t, "name resolution on demo-3", func() error { // half of the queries may go to the CoreDNS of the stopped node
		_, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "demo-3", "--", "nslookup", "-type=a", "kubernetes.default.svc.cluster.local")
		return err
	})
	clustertest.Cluster(t, "node", "start", "demo")
	awaitReady(t, ns, "demo")
}
