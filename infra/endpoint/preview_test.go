package endpoint

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// control is the control plane in a preview: it adds an address to each Service, and a resource version to stored ones.
type control struct{ version string }

func (c control) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	state := args.Inputs.Copy()
	spec, metadata := state["spec"].ObjectValue().Copy(), state["metadata"].ObjectValue().Copy()
	spec["clusterIP"] = resource.NewProperty("10.96.0.7")
	if c.version != "" {
		metadata["resourceVersion"] = resource.NewProperty(c.version)
	}
	state["spec"], state["metadata"] = resource.NewProperty(spec), resource.NewProperty(metadata)
	return args.Name, state, nil
}

func (control) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// TestAPreviewInventsNoClusterIP: the dry run of the API server allocates an address to a Service that does not exist
// yet.
func TestAPreviewInventsNoClusterIP(t *testing.T) {
	for version, known := range map[string]bool{"": false, "42": true} {
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			at, err := New(ctx, "shop", Args{Namespace: pulumi.String("demo"), Type: "ClusterIP", Scheme: "http", Port: 80, TargetName: "http"})
			if err != nil {
				return err
			}
			address, err := internals.UnsafeAwaitOutput(ctx.Context(), at.ClusterIP)
			if address.Known != known || known && address.Value != "10.96.0.7" {
				t.Errorf("with the resource version %q the ClusterIP is %v, known %t, want known %t", version, address.Value, address.Known, known)
			}
			return err
		}, pulumi.WithMocks("kubernetes-networking", "test", control{version}), func(info *pulumi.RunInfo) { info.DryRun = true })
		if err != nil {
			t.Error(err)
		}
	}
}
