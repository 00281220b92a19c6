package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

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
