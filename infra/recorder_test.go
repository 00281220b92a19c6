package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

const (
	deploymentType  = "kubernetes:apps/v1:Deployment"
	statefulSetType = "kubernetes:apps/v1:StatefulSet"
	serviceType     = "kubernetes:core/v1:Service"
	configMapType   = "kubernetes:core/v1:ConfigMap"
	secretType      = "kubernetes:core/v1:Secret"
	claimType       = "kubernetes:core/v1:PersistentVolumeClaim"
	namespaceType   = "kubernetes:core/v1:Namespace"
	policyType      = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	budgetType      = "kubernetes:policy/v1:PodDisruptionBudget"
)

// recorder stands for Pulumi's engine and the cluster. It records the declared resources by type and name, and adds the
// fields that an API server would add. Read declared only after the program has ended.
type recorder struct {
	// refuse makes the resource of this type and name fail.
	refuse string

	mutex    sync.Mutex
	declared map[string]map[string]pulumi.MockResourceArgs
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if args.TypeToken+" "+args.Name == r.refuse {
		return "", nil, fmt.Errorf("%s is refused", r.refuse)
	}
	if r.declared == nil {
		r.declared = map[string]map[string]pulumi.MockResourceArgs{}
	}
	if r.declared[args.TypeToken] == nil {
		r.declared[args.TypeToken] = map[string]pulumi.MockResourceArgs{}
	}
	r.declared[args.TypeToken][args.Name] = args

	state := args.Inputs.Copy()
	if state["metadata"].IsObject() {
		metadata := state["metadata"].ObjectValue().Copy()
		if !metadata.HasValue("name") {
			metadata["name"] = resource.NewProperty(args.Name + "-1a2b3c4d")
		}
		if args.TypeToken == serviceType {
			serve(state)
			metadata["resourceVersion"] = resource.NewProperty("1")
		}
		state["metadata"] = resource.NewProperty(metadata)
	}
	return args.Name + "-id", state, nil
}

// serve adds the fields that the control plane sets on a Service.
func serve(state resource.PropertyMap) {
	spec := state["spec"].ObjectValue().Copy()
	spec["clusterIP"] = resource.NewProperty("10.96.0.7")
	if spec["type"].StringValue() == "NodePort" {
		ports := spec["ports"].ArrayValue()
		port := ports[0].ObjectValue().Copy()
		port["nodePort"] = resource.NewProperty(30080.0)
		spec["ports"] = resource.NewProperty([]resource.PropertyValue{resource.NewProperty(port)})
	}
	state["spec"] = resource.NewProperty(spec)
	if spec["type"].StringValue() == "LoadBalancer" {
		state["status"] = resource.NewPropertyValue(map[string]any{
			"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "127.80.0.9"}}},
		})
	}
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "pulumi:pulumi:readStackResourceOutputs" { // nothing is deployed
		return resource.PropertyMap{"outputs": resource.NewProperty(resource.PropertyMap{})}, nil
	}
	return nil, fmt.Errorf("the program is not expected to call %s", args.Token)
}

// inputs returns the inputs of the only resource of this type and name.
func (r *recorder) inputs(t *testing.T, typeToken, name string) map[string]any {
	t.Helper()
	args, found := r.declared[typeToken][name]
	if !found {
		t.Fatalf("%s %s is not declared", typeToken, name)
	}
	return plain(resource.NewProperty(args.Inputs)).(map[string]any)
}

// plain returns the value without the marks of secrets.
func plain(value resource.PropertyValue) any {
	return value.MapRepl(nil, func(value resource.PropertyValue) (any, bool) {
		if value.IsSecret() {
			return plain(value.SecretValue().Element), true
		}
		return nil, false
	})
}

// at returns a part of nested maps and lists: at(t, deployment, "spec", "template", 0).
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				t.Fatalf("%v has no element %d", path[:i], step)
			}
			value = list[step]
		}
	}
	return value
}

// testBuilder returns a reference for every image without building it.
type testBuilder struct {
	failure error
	// unbuilt makes the run a preview without a cluster and without the PostgreSQL image.
	unbuilt bool
}

func (b testBuilder) App(_ context.Context, name string) (string, error) {
	return "registry.test/" + name + "@sha256:0", b.failure
}

func (b testBuilder) Postgres(context.Context) (string, bool, error) {
	if b.unbuilt {
		return "", false, nil
	}
	return "registry.test/postgres@sha256:0", true, nil
}

// testCluster has two API servers.
type testCluster struct{}

func (testCluster) APIServers(context.Context) ([]netip.AddrPort, error) {
	return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.2:6443"), netip.MustParseAddrPort("192.0.2.1:6443")}, nil
}

func (testCluster) Get(_ context.Context, path string, into any) error {
	if path == "/api/v1/namespaces/kube-system" {
		return json.Unmarshal([]byte(`{"metadata": {"uid": "11"}}`), into)
	}
	return errors.New("the program is not expected to read " + path)
}

func (testCluster) NodeAddress(context.Context) (string, error) { return "192.0.2.7", nil }

func (testCluster) Architectures(context.Context) ([]string, error) { return []string{"arm64"}, nil }

func testStack() config.Config {
	return config.Config{
		Kubeconfig: kubeconfig.AtPath("/nowhere/kubeconfig"), Context: "test", Namespace: "shop", PodNetwork: "10.244.0.0/16", ServiceType: "LoadBalancer",
		Repository: "registry.test", Replicas: 3, DatabaseStorage: "1Gi",
		LogLevel: "info", OTLPEndpoint: "http://collector:4318",
	}
}

// declare runs the program for this stack and returns its outputs. It returns none if the program fails or an output is
// unknown.
func declare(t *testing.T, engine *recorder, stack config.Config, builder testBuilder) (map[string]any, error) {
	t.Helper()
	resolved := make(chan map[string]any, 1)
	err := runWith(t, engine, stack, builder, func(d *Demo) error {
		declared, err := demo(d)
		declared.ToMapOutput().ApplyT(func(values map[string]any) bool {
			resolved <- values
			return true
		})
		return errors.Join(err, d.rollout.Preview(d.ctx.Context(), nil, ""))
	})
	select {
	case outputs := <-resolved:
		return outputs, err
	default:
		return nil, err
	}
}

// runWith runs a part of the program.
func runWith(t *testing.T, engine *recorder, stack config.Config, builder testBuilder, some func(d *Demo) error) error {
	t.Helper()
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		var found cluster = testCluster{}
		if builder.unbuilt {
			found = nil
		}
		d, err := newDemo(ctx, stack, builder, found)
		if err != nil {
			return err
		}
		defer d.rollout.Close()
		return some(d)
	}, pulumi.WithMocks("kubernetes-networking", "test", engine), func(info *pulumi.RunInfo) { info.DryRun = builder.unbuilt })
}
