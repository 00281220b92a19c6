//go:build e2e

package kubectl

import (
	"fmt"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestRolloutsAreRestartedAndUndone(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	kubectl := func(args ...string) string {
		t.Helper()
		return clustertest.Kubectl(t, append([]string{"--namespace", ns}, args...)...)
	}
	rollout := func(args ...string) {
		t.Helper()
		kubectl(args...)
		kubectl("rollout", "status", "deployment/web", "--timeout=60s")
	}
	pods := func() string {
		t.Helper()
		return kubectl("get", "pods", "--selector=app=web", "--output=name")
	}
	version := func() string {
		t.Helper()
		return kubectl("get", "deployment", "web", `--output=jsonpath={.spec.template.spec.containers[0].env[?(@.name=="VERSION")].value}`)
	}
	clustertest.Apply(t, ns, deployment("web", 1, container("main", web)))
	kubectl("rollout", "status", "deployment/web", "--timeout=60s")
	first := strings.TrimSpace(pods())
	rollout("rollout", "restart", "deployment/web") // revision 2
	kubectl("wait", "--for=delete", first, "--timeout=60s")
	if second := pods(); second == "" {
		t.Errorf("after the restart of %s there is no Pod", first)
	}
	rollout("set", "env", "deployment/web", "VERSION=2") // revision 3
	rollout("rollout", "undo", "deployment/web")
	equal(t, "the previous version", version(), "")
	rollout("rollout", "undo", "deployment/web", "--to-revision=3")
	equal(t, "the version of the third revision", version(), "2")
	contains(t, "the history", kubectl("rollout", "history", "deployment/web"), "REVISION", "\n1 ", "\n4 ", "\n5 ")
}

func TestScaleChangesTheNumberOfAddresses(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, deployment("web", 1, container("main", web)))
	clustertest.Kubectl(t, "expose", "deployment", "web", "--namespace", ns, "--port=80")
	addresses := func(want int) {
		t.Helper()
		clustertest.Await(t, fmt.Sprint(want, " addresses behind the Service"), func() error {
			got := clustertest.Kubectl(t, "get", "endpointslices", "--namespace", ns, "--selector=kubernetes.io/service-name=web",
				"--output=jsonpath={.items[*].endpoints[*].addresses[*]}")
			if n := len(strings.Fields(got)); n != want {
				return fmt.Errorf("there are %d: %s", n, got)
			}
			return nil
		})
	}
	addresses(1)
	clustertest.Kubectl(t, "scale", "deployment/web", "--namespace", ns, "--replicas=3")
	addresses(3)
	if _, err := clustertest.TryKubectl(t, "scale", "deployment/web", "--namespace", ns, "--current-replicas=7", "--replicas=1"); err == nil || !strings.Contains(err.Error(), "Expected replicas to be 7, was 3") {
		t.Errorf("a scale with a wrong precondition: %v", err)
	}
	clustertest.Kubectl(t, "scale", "deployment/web", "--namespace", ns, "--replicas=0")
	addresses(0)
}

func TestWaitEndsWhenItsConditionHolds(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "main", container("main", "sleep 1000"))
	clustertest.Kubectl(t, "wait", "--namespace", ns, "pod/main", "--for=jsonpath={.status.phase}=Running", "--timeout=10s")
	if _, err := clustertest.TryKubectl(t, "wait", "--namespace", ns, "pod/main", "--for=delete", "--timeout=1s"); err == nil || !strings.Contains(err.Error(), "timed out waiting for the condition on pods/main") {
		t.Errorf("a wait that times out: %v", err)
	}
	clustertest.Kubectl(t, "delete", "pod", "main", "--namespace", ns, "--wait=false")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "pod/main", "--for=delete", "--timeout=30s")
}

func TestEventsDescribeAPod(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "good", container("main", "sleep 1000"))
	clustertest.Kubectl(t, "run", "bad", "--namespace", ns, "--image=127.0.0.1:15000/no-such-image", "--restart=Never")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "pod/bad", "--timeout=60s", "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull")
	contains(t, "kubectl events", clustertest.Kubectl(t, "events", "--namespace", ns, "--for=pod/good"), "Scheduled", "Pulled", "Created", "Started")
	clustertest.Await(t, "the event for the missing image", func() error {
		got := clustertest.Kubectl(t, "events", "--namespace", ns, "--types=Warning")
		if !strings.Contains(got, `Failed to pull image "127.0.0.1:15000/no-such-image"`) || !strings.Contains(got, "not found") || strings.Contains(got, "pod/good") {
			return fmt.Errorf("the warnings are\n%s", got)
		}
		return nil
	})
	contains(t, "kubectl describe", clustertest.Kubectl(t, "describe", "pod", "good", "--namespace", ns), "Events:", "Successfully assigned "+ns+"/good to ")
}
