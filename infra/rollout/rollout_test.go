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

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
)

const (
	deploymentJSON  = `{"metadata": {"name": "orders", "uid": "d", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}}, "spec": {"replicas": 3}, "status": %s}`
	statefulSetJSON = `{"metadata": {"name": "db", "uid": "s", "generation": 1}, "spec": {"replicas": 1}, "status": %s}`
	setsJSON        = `{"metadata": {"uid": "r1", "labels": {"pod-template-hash": "1"}, "annotations": {"deployment.kubernetes.io/revision": "1"}, "ownerReferences": [{"uid": "d"}]}},
		{"metadata": {"uid": "r2", "labels": {"pod-template-hash": "2"}, "annotations": {"deployment.kubernetes.io/revision": "2"}, "ownerReferences": [{"uid": "d"}]}}`
	ready = `{"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}`
)

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
