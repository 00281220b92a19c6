// Package deployed reads what the last update of this stack has deployed, so that the program can compare the configuration with
// it before an update changes anything.
package deployed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	namespaceType = "$kubernetes:core/v1:Namespace"
	componentType = "kubernetes-networking:namespace:Namespace"
	claimType     = "kubernetes-networking:database:Database$kubernetes:core/v1:PersistentVolumeClaim"
)

// Stack is what is deployed. The zero Stack is nothing.
type Stack struct {
	// Namespace is the name of the stack's namespace.
	Namespace string
	// Cluster is the UID of the cluster that the namespace is in; empty where the last update did not know it.
	Cluster string
	// Retained reports whether the last update protected the data.
	Retained bool
	// Databases are the names of the databases that have a volume.
	Databases []string
}

// ClusterOutput and RetainedOutput are the outputs of the component Namespace that Cluster and Retained come from.
const (
	ClusterOutput  = "cluster"
	RetainedOutput = "retained"
)

// resource is what the engine returns of each resource.
type resource struct {
	Outputs map[string]any `pulumi:"outputs"`
}

// Read asks the engine for the stack's state. See readStackResourceOutputs in the engine's builtin provider.
func Read(ctx *pulumi.Context) (Stack, error) {
	var state struct {
		Outputs map[string]resource `pulumi:"outputs"`
	}
	args := struct {
		StackName string `pulumi:"stackName"`
	}{ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()}
	// The state holds secrets. None of them is kept here.
	if _, err := ctx.InvokePackageRaw("pulumi:pulumi:readStackResourceOutputs", &args, &state, ""); err != nil {
		return Stack{}, fmt.Errorf("read what the stack has deployed: %w", err)
	}
	return stack(state.Outputs), nil
}

// stack finds the resources by their URNs: urn:pulumi:<stack>::<project>::<types>::<name>.
func stack(resources map[string]resource) Stack {
	var found Stack
	for urn, resource := range resources {
		parts := strings.SplitN(urn, "::", 4)
		if len(parts) < 4 {
			continue
		}
		switch types, name := parts[2], parts[3]; {
		case strings.HasSuffix(types, namespaceType):
			found.Namespace = name // the object has the resource's name
		case types == componentType:
			found.Cluster, _ = resource.Outputs[ClusterOutput].(string)
			found.Retained, _ = resource.Outputs[RetainedOutput].(bool)
		case strings.HasSuffix(types, claimType):
			found.Databases = append(found.Databases, name)
		}
	}
	slices.Sort(found.Databases)
	return found
}
