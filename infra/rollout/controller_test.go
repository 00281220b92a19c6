package rollout

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func podJSON(owner, revision, spec, status string) string {
	label := map[string]string{"r1": "pod-template-hash", "r2": "pod-template-hash", "s": "controller-revision-hash"}[owner]
	return fmt.Sprintf(`{"metadata": {"name": "%[1]s-0", "uid": "p%[1]s", "labels": {%[2]q: %[3]q}, "ownerReferences": [{"uid": %[1]q}]}, "spec": %[4]s, "status": %[5]s}`,
		owner, label, revision, spec, status)
}

func waits(reason, message string) string {
	return fmt.Sprintf(`{"containerStatuses": [{"name": "c", "image": "registry.test/c:1", "state": {"waiting": {"reason": %q, "message": %q}},
		"lastState": {"terminated": {"exitCode": 3, "reason": "Error", "message": "starting\nno such option\n"}}}]}`, reason, message)
}

const onNode = `{"nodeName": "demo"}`

func TestWorkloadThatCannotComeUpFailsAsSoonAsItsStatusHasTheCause(t *testing.T) {
	const notFound = `Back-off pulling image "registry.test/c:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull: registry.test/c:1: not found`
	unschedulable := `{"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu."}]}`
	running := `{"containerStatuses": [{"name": "c", "ready": false, "state": {"running": {}}}]}`
	for _, c := range []struct {
		name   string
		pods   string
		more   answers
		within time.Duration // 0: at once
		want   []string
	}{
		{"image that does not exist", podJSON("r2", "2", onNode, waits("ImagePullBackOff", notFound)), nil, 0, []string{"orders", "registry.test/c:1", "not found"}},
		{"image without access", podJSON("r2", "2", onNode, waits("ErrImagePull", "pull access denied")), nil, 0, []string{"access denied"}},
		{"image with a name that is wrong", podJSON("r2", "2", onNode, waits("InvalidImageName", "")), nil, 0, []string{"InvalidImageName"}},
		{"registry that does not answer", podJSON("r2", "2", onNode, waits("ImagePullBackOff", "dial tcp 192.0.2.1:443: i/o timeout")), nil, retried, []string{"i/o timeout"}},
		{"container that crashes", podJSON("r2", "2", onNode, waits("CrashLoopBackOff", "back-off 10s")), nil, 0, []string{"exit code 3", "no such option", "logs r2-0 --previous"}},
		{"Secret that is missing", podJSON("r2", "2", onNode, waits("CreateContainerConfigError", `secret "x" not found`)), nil, created, []string{`secret "x" not found`}},
		{"no room", podJSON("r2", "2", "{}", unschedulable), nil, retried, []string{"Insufficient cpu"}},
		{
			"volume that is not made", podJSON("r2", "2", `{"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}`, "{}"),
			answers{
				"persistentvolumeclaims":                      `{"metadata": {"name": "data", "uid": "v"}, "status": {"phase": "Pending"}}`,
				"events?fieldSelector=involvedObject.uid%3Dv": `{"type": "Warning", "message": "storage is used up"}, {"type": "Normal", "message": "waiting"}`,
			},
			retried,
			[]string{"data", "storage is used up"},
		},
		{
			"readiness that never comes", podJSON("r2", "2", onNode, running),
			answers{"events?fieldSelector=involvedObject.uid%3Dpr2": `{"type": "Warning", "message": "Readiness probe failed: 503"}`},
			started,
			[]string{"is not ready", "503"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := answers{
				"statefulsets": fmt.Sprintf(statefulSetJSON, `{"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}`),
				"deployments":  fmt.Sprintf(deploymentJSON, `{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}`),
				"replicasets":  setsJSON, "pods": c.pods,
			}
			for path, items := range c.more {
				cluster[path] = items
			}
			if c.within > 0 {
				if failures, _ := observed(t, cluster, c.within-time.Second); len(failures) > 0 {
					t.Errorf("before %s it fails already: %q", c.within, failures)
				}
			}
			failures, left := observed(t, cluster, c.within)
			if len(failures) != 1 || left != 1 {
				t.Fatalf("%d workloads are left and %q fail, want that orders fails", left, failures)
			}
			for _, part := range append(c.want, "orders does not come up") {
				if !strings.Contains(failures[0], part) {
					t.Errorf("the failure is %q, want %q in it", failures[0], part)
				}
			}
			if strings.Contains(failures[0], "\n") {
				t.Errorf("the failure has more than one line: %q", failures[0])
			}
		})
	}
}

func TestDatabaseFailsBeforeTheServiceThatWaitsForIt(t *testing.T) {
	cluster := answers{
		"statefulsets": fmt.Sprintf(statefulSetJSON, `{"observedGeneration": 1, "updateRevision": "db-1", "replicas": 1, "updatedReplicas": 1}`),
		"deployments":  fmt.Sprintf(deploymentJSON, `{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}`),
		"replicasets":  setsJSON,
		"pods": podJSON("r2", "2", onNode, `{"containerStatuses": [{"name": "c", "ready": false, "state": {"running": {}}}]}`) + "," +
			podJSON("s", "db-1", onNode, waits("ErrImagePull", "manifest unknown")),
	}
	failures, _ := observed(t, cluster, 2*started)
	if len(failures) != 1 || !strings.HasPrefix(failures[0], "db does not come up") || !strings.Contains(failures[0], "databaseImage") {
		t.Errorf("failures are %q, want that of the database alone, with the key databaseImage", failures)
	}
}

func TestPodsThatDoNotCountAreIgnored(t *testing.T) {
	broken := waits("ErrImagePull", "not found")
	for _, c := range []struct{ name, pods, deployment, events string }{
		{"of the revision before", podJSON("r1", "1", onNode, broken), `{"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1}`, ""},
		{"of a workload that the update does not wait for", podJSON("r2", "2", onNode, broken), "skipped", ""},
		{
			"while an autoscaler adds a node", podJSON("r2", "2", "{}", `{"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}`),
			`{"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1}`, `{"type": "Normal", "reason": "TriggeredScaleUp"}`,
		},
		{"that is not scheduled while its volume is made", podJSON("r2", "2", "{}", "{}"), `{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}`, ""},
		{"whose image is pulled", podJSON("r2", "2", onNode, waits("ContainerCreating", "")), `{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			deployment := fmt.Sprintf(deploymentJSON, c.deployment)
			if c.deployment == "skipped" {
				deployment = `{"metadata": {"name": "orders", "uid": "d", "annotations": {"pulumi.com/skipAwait": "true"}}}`
			}
			failures, _ := observed(t, answers{
				"statefulsets": fmt.Sprintf(statefulSetJSON, `{"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}`),
				"deployments":  deployment, "replicasets": setsJSON, "pods": c.pods, "events?fieldSelector=involvedObject.uid%3Dpr2": c.events,
			}, limit)
			if len(failures) != 0 {
				t.Errorf("failures are %q, want none", failures)
			}
		})
	}
}

func TestPodThatAStatefulSetDoesNotReplaceIsReported(t *testing.T) {
	failures, _ := observed(t, answers{
		"statefulsets": fmt.Sprintf(statefulSetJSON, `{"observedGeneration": 1, "updateRevision": "db-2", "replicas": 1}`),
		"deployments":  fmt.Sprintf(deploymentJSON, ready),
		"pods":         podJSON("s", "db-1", onNode, waits("ErrImagePull", "not found")),
	}, created)
	if len(failures) != 1 || !strings.Contains(failures[0], "s-0 is of an earlier revision") || !strings.Contains(failures[0], "delete pod s-0") {
		t.Errorf("failures are %q, want that of the Pod, and the command that deletes it", failures)
	}
}

func TestRefusedPodsAreReported(t *testing.T) {
	failures, _ := observed(t, answers{
		"statefulsets": fmt.Sprintf(statefulSetJSON, `{"observedGeneration": 1}`),
		"events?fieldSelector=involvedObject.uid%3Ds": `{"type": "Warning", "message": "create Pod db-0 failed: exceeded quota: small"}`,
		"deployments": fmt.Sprintf(deploymentJSON, `{"observedGeneration": 2, "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "violates PodSecurity"}]}`),
	}, created)
	if len(failures) != 2 || !strings.Contains(failures[0], "exceeded quota") || !strings.Contains(failures[1], "violates PodSecurity") {
		t.Errorf("failures are %q, want the quota and the Pod security", failures)
	}
}

func TestRolloutIsCompleteWhenTheLatestRevisionRunsAlone(t *testing.T) {
	for status, want := range map[string]bool{
		ready: true,
		`{"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}`: false,
		`{"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4}`: false,
		`{"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}`: false,
		`{"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2}`: false,
	} {
		var current controller
		if err := json.Unmarshal(fmt.Appendf(nil, deploymentJSON, status), &current); err != nil {
			t.Fatal(err)
		}
		if got := current.complete(); got != want {
			t.Errorf("with %s it is complete: %t, want %t", status, got, want)
		}
	}
}
