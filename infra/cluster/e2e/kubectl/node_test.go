//go:build e2e

package kubectl

import (
	"fmt"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Not parallel: no Pod can start while the only node is cordoned.
func TestDrainEvictsPodsAndUncordonAdmitsThem(t *testing.T) {
	node := layout.Node(1).Name()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, deployment("web", 1, container("main", web)))
	clustertest.Apply(t, ns, `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}}`)
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "poddisruptionbudget/web", "--for=jsonpath={.status.currentHealthy}=1", "--timeout=30s")
	pod := clustertest.Kubectl(t, "get", "pods", "--namespace", ns, "--output=jsonpath={.items[0].metadata.name}")
	// drain sends the same request, and repeats it every 5 s.
	evict := clustertest.KubectlCommand(t.Context(), "create", "--raw=/api/v1/namespaces/"+ns+"/pods/"+pod+"/eviction", "--filename=-")
	evict.Stdin = strings.NewReader(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "` + pod + `"}}`)
	if output, err := evict.CombinedOutput(); err == nil || !strings.Contains(string(output), "would violate the pod's disruption budget") {
		t.Errorf("an eviction against a PodDisruptionBudget: %v, %s", err, output)
	}
	clustertest.Kubectl(t, "delete", "poddisruptionbudget", "web", "--namespace", ns)
	defer clustertest.Kubectl(t, "uncordon", node)
	contains(t, "kubectl drain", clustertest.Kubectl(t, "drain", node, "--pod-selector=app=web", "--timeout=30s"), "evicted", "node/"+node+" drained")
	clustertest.Await(t, "the reason that the new Pod is Pending", func() error {
		got := clustertest.Kubectl(t, "get", "pods", "--namespace", ns, `--output=jsonpath={.items[*].status.conditions[?(@.type=="PodScheduled")].message}`)
		if !strings.Contains(got, "1 node(s) were unschedulable") {
			return fmt.Errorf("the message is %q", got)
		}
		return nil
	})
	contains(t, "kubectl get nodes", clustertest.Kubectl(t, "get", "nodes"), "Ready,SchedulingDisabled")
	clustertest.Kubectl(t, "uncordon", node)
	clustertest.Kubectl(t, "rollout", "status", "--namespace", ns, "deployment/web", "--timeout=60s")
}

func TestTheShellOfANodeSeesItsNetworkAndItsProcesses(t *testing.T) {
	t.Parallel()
	node := layout.Node(1).Name()
	inside := func(command ...string) string {
		return clustertest.Cluster(t, append([]string{"node", "shell", node}, command...)...)
	}
	contains(t, "the network of the node", inside("ip", "-brief", "address"), layout.Node(1).IP(), "cni0")
	contains(t, "the rules of the policies", inside("nft", "--stateless", "list", "table", "ip", "network-policies"), "chain egress", "kube-system/coredns-")
	contains(t, "process 1 of the node", inside("--", "cat", "/proc/1/cmdline"), "init-node")
	contains(t, "the name of the node", inside("cat", "/etc/hostname"), node)
	if got, err := clustertest.TryCluster(t, "node", "shell", node, "sh", "-c", "echo before; exit 3"); got != "before\n" || err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a command that fails printed %q and ended with %v", got, err)
	}
}
