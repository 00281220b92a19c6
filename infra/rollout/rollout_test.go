package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
)

// answers are the items of each list of a cluster, by the end of the list's path.
type answers map[string]string

func (a answers) Get(_ context.Context, path string, into any) error {
	if strings.HasSuffix(path, "?forbidden") {
		return api.ErrForbidden
	}
	_, name, _ := strings.Cut(path, "/namespaces/shop/")
	items := a[name]
	return json.Unmarshal([]byte(`{"items": [`+items+`]}`), into)
}

const (
	deploymentJSON  = `{"metadata": {"name": "orders", "uid": "d", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}}, "spec": {"replicas": 3}, "status": %s}`
	statefulSetJSON = `{"metadata": {"name": "db", "uid": "s", "generation": 1}, "spec": {"replicas": 1}, "status": %s}`
	setsJSON        = `{"metadata": {"uid": "r1", "labels": {"pod-template-hash": "1"}, "annotations": {"deployment.kubernetes.io/revision": "1"}, "ownerReferences": [{"uid": "d"}]}},
		{"metadata": {"uid": "r2", "labels": {"pod-template-hash": "2"}, "annotations": {"deployment.kubernetes.io/revision": "2"}, "ownerReferences": [{"uid": "d"}]}}`
	ready = `{"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}`
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

// observed returns the failures after the workloads have had the same problem for this time, and how many workloads
// wait.
func observed(t *testing.T, cluster Cluster, after time.Duration) (failures []string, left int) {
	t.Helper()
	waiting := []*workload{
		{kind: statefulSets, name: "db"}, {kind: deployments, name: "orders"},
	}
	o, start := &observer{cluster: cluster, namespace: "shop"}, time.Now()
	for _, now := range []time.Time{start, start.Add(after)} {
		var err error
		if waiting, err = o.observe(t.Context(), waiting, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range waiting {
		if w.failed(start.Add(after)) {
			failures = append(failures, w.failure("shop").Error())
		}
	}
	return failures, len(waiting)
}

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

// flaky is a cluster whose API server fails.
type flaky struct{ err error }

func (f flaky) Get(context.Context, string, any) error { return f.err }

func TestAPIServerMayBeUnavailableForAWhile(t *testing.T) {
	for _, c := range []struct {
		err   error
		after time.Duration
		fails bool
	}{{fmt.Errorf("refused"), outage, false}, {fmt.Errorf("refused"), outage + time.Second, true}, {api.ErrForbidden, 0, true}} {
		o, start, waiting := &observer{cluster: flaky{c.err}}, time.Now(), []*workload{{name: "orders"}}
		left, err := o.observe(t.Context(), waiting, start)
		if c.after > 0 && err == nil {
			left, err = o.observe(t.Context(), waiting, start.Add(c.after))
		}
		if (err != nil) != c.fails || !slices.Equal(left, waiting) {
			t.Errorf("after %s of %v: %v with %v left, want an error: %t", c.after, c.err, err, left, c.fails)
		}
	}
}

// leavesOut is an engine that creates nothing, like `pulumi up --target` for all but the targets.
type leavesOut struct{}

func (leavesOut) NewResource(pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return "", resource.PropertyMap{}, nil
}

func (leavesOut) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func TestWorkloadsThatTheUpdateLeavesOutAreNotAwaited(t *testing.T) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		var r Rollout
		deployment, err := appsv1.NewDeployment(ctx, "orders", nil)
		if err != nil {
			return err
		}
		r.Deployment("orders", deployment, nil)
		return r.Wait(ctx, flaky{api.ErrForbidden}, "demo")
	}, pulumi.WithMocks("kubernetes-networking", "dev", leavesOut{}))
	if err != nil {
		t.Errorf("wait: %v, want no error", err)
	}
}

// scaling is a cluster whose Deployment has no Pods at first, then Pods, and then ready ones.
type scaling struct{ statuses []string }

func (s *scaling) Get(_ context.Context, path string, into any) error {
	if !strings.HasSuffix(path, "/deployments") {
		return json.Unmarshal([]byte(`{"items": []}`), into)
	}
	status := s.statuses[0]
	if len(s.statuses) > 1 {
		s.statuses = s.statuses[1:]
	}
	return json.Unmarshal(fmt.Appendf(nil, `{"items": [`+deploymentJSON+`]}`, status), into)
}

// exists is an engine that creates everything.
type exists struct{ leavesOut }

func (exists) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, args.Inputs, nil
}

func TestWhatNeedsPodsIsDeclaredWhenTheyExistAndBeforeTheyAreReady(t *testing.T) {
	cluster := &scaling{[]string{`{"observedGeneration": 2}`, `{"observedGeneration": 2, "replicas": 1}`, ready}}
	var left []int // the number of states left at each call
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		var r Rollout
		deployment, err := appsv1.NewDeployment(ctx, "orders", nil)
		if err != nil {
			return err
		}
		r.Deployment("orders", deployment, func() error {
			left = append(left, len(cluster.statuses))
			return nil
		})
		return errors.Join(r.Wait(ctx, cluster, "demo"), r.Preview(ctx.Context(), nil, "demo"))
	}, pulumi.WithMocks("kubernetes-networking", "dev", exists{}))
	if err != nil || !slices.Equal(left, []int{1}) {
		t.Errorf("called with %v states left, %v; want once, with Pods and one state left", left, err)
	}
}

func TestTheTimeoutNamesWhatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			var r Rollout
			for _, name := range []string{"orders", "products"} {
				deployment, err := appsv1.NewDeployment(ctx, name, nil)
				if err != nil {
					return err
				}
				r.Deployment(name, deployment, nil)
			}
			return r.Wait(ctx, &scaling{[]string{`{"observedGeneration": 2}`}}, "shop")
		}, pulumi.WithMocks("kubernetes-networking", "dev", exists{}))
		for _, want := range []string{"10m", "orders", "products", "kubectl --namespace shop get pods"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want %q in it", err, want)
			}
		}
	})
}

const serviceJSON = `{"metadata": {"name": "web", "uid": "w", "finalizers": [%s]}, "status": {"loadBalancer": {}, "conditions": [%s]}}`

func TestAServiceWithoutAnAddressFailsWithTheCause(t *testing.T) {
	for _, c := range []struct {
		name                          string
		finalizers, conditions, event string
		within                        time.Duration
		want                          []string
	}{
		{"no load balancer", "", "", "", retried, []string{"no load balancer", "`pulumi config set serviceType NodePort`"}},
		{
			"no load balancer, and an event of Kubernetes itself", "", "", `{"type": "Warning", "reason": "FailedToUpdateEndpointSlices", "message": "conflict"}`,
			retried,
			[]string{"no load balancer"},
		},
		{
			"refused", "", "", `{"type": "Warning", "reason": "AllocationFailed", "message": "no available IPs"}`,
			retried,
			[]string{"no available IPs", "kubectl --namespace shop describe service web"},
		},
		{"refused by a condition", "", `{"type": "IPAM", "status": "False", "message": "no pool exists"}`, "", retried, []string{"no pool exists"}},
		{"slow", "", "", `{"type": "Normal", "reason": "EnsuringLoadBalancer", "message": "Ensuring load balancer"}`, addressed, []string{"Ensuring load balancer"}},
		{"slow without events", `"service.kubernetes.io/load-balancer-cleanup"`, "", "", addressed, []string{"no address"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := answers{
				"services": fmt.Sprintf(serviceJSON, c.finalizers, c.conditions), "events?fieldSelector=involvedObject.uid%3Dw": c.event,
			}
			failure := func(after time.Duration) string {
				w := &workload{kind: loadBalancers, name: "web"}
				o, start := &observer{cluster: cluster, namespace: "shop"}, time.Now()
				for _, now := range []time.Time{start, start.Add(after)} {
					if left, err := o.observe(t.Context(), []*workload{w}, now); err != nil || len(left) != 1 {
						t.Fatalf("%d Services wait (%v), want one", len(left), err)
					}
				}
				if !w.failed(start.Add(after)) {
					return ""
				}
				return w.failure("shop").Error()
			}
			if early := failure(c.within - time.Second); early != "" {
				t.Errorf("before %s it fails already: %s", c.within, early)
			}
			got := failure(c.within)
			for _, want := range append(c.want, "web does not come up") {
				if !strings.Contains(got, want) || strings.Contains(got, "\n") {
					t.Errorf("the failure is %q, want one line with %q", got, want)
				}
			}
		})
	}
}

// addressing is a cluster whose Service gets its address at the second request.
type addressing struct{ requests int }

func (a *addressing) Get(_ context.Context, path string, into any) error {
	items := ""
	if strings.HasSuffix(path, "/services") {
		a.requests++
		ingress := ""
		if a.requests > 1 {
			ingress = `{"ip": "192.0.2.9"}`
		}
		items = `{"metadata": {"name": "web", "uid": "w"}, "status": {"loadBalancer": {"ingress": [` + ingress + `]}}}`
	}
	return json.Unmarshal([]byte(`{"items": [`+items+`]}`), into)
}

func TestTheAddressOfALoadBalancerIsAnOutput(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*pulumi.Context, *Rollout) error
		want string
	}{
		"update":                    {func(ctx *pulumi.Context, r *Rollout) error { return r.Wait(ctx, &addressing{}, "shop") }, "192.0.2.9"},
		"preview":                   {func(ctx *pulumi.Context, r *Rollout) error { return r.Preview(ctx.Context(), &addressing{1}, "shop") }, "192.0.2.9"},
		"preview without a cluster": {func(ctx *pulumi.Context, r *Rollout) error { return r.Preview(ctx.Context(), nil, "shop") }, ""},
		"update that ends before":   {func(_ *pulumi.Context, r *Rollout) error { r.Close(); return nil }, ""},
		"preview without an API server": {func(ctx *pulumi.Context, r *Rollout) error {
			return r.Preview(ctx.Context(), flaky{errors.New("down")}, "shop")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			err := pulumi.RunErr(func(ctx *pulumi.Context) error {
				var r Rollout
				service, err := corev1.NewService(ctx, "web", nil)
				if err != nil {
					return err
				}
				r.LoadBalancer(ctx, "web", service).ApplyT(func(address string) string {
					got = address
					return address
				})
				return c.end(ctx, &r)
			}, pulumi.WithMocks("kubernetes-networking", "dev", exists{}))
			if err != nil || got != c.want {
				t.Errorf("the address is %q (%v), want %q", got, err, c.want)
			}
		})
	}
}
