// Package deployed reads the state of this stack from the engine, so that the program can compare the configuration
// with it before an update changes anything.
package deployed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	componentType = "kubernetes-networking:namespace:Namespace"
	namespaceType = componentType + "$kubernetes:core/v1:Namespace"
	databaseType  = componentType + "$kubernetes-networking:database:Database"
	claimType     = databaseType + "$kubernetes:core/v1:PersistentVolumeClaim"
)

// Stack is the deployed stack. It is zero if nothing is deployed.
type Stack struct {
	// Namespace is the name of the stack's namespace.
	Namespace string
	// Cluster is the UID of the namespace's cluster; empty if the last update could not read it.
	Cluster string
	// Retained reports whether any of the data is protected. An update that fails half-way may leave some protected and
	// some not.
	Retained bool
	// Databases are the names of the databases with a volume, sorted.
	Databases []string
}

// ClusterOutput is an output of the component Namespace, and RetainedOutput one of the components Namespace and
// Database. Cluster and Retained are read from them.
const (
	ClusterOutput  = "cluster"
	RetainedOutput = "retained"
)

// Retained returns the value of RetainedOutput: whether these resources are protected. It is known once all of them are
// updated, so that an update that fails before leaves the old output in the state.
func Retained(retain bool, resources ...pulumi.CustomResource) pulumi.Output {
	var ids []any
	for _, resource := range resources {
		ids = append(ids, resource.ID())
	}
	return pulumi.All(ids...).ApplyT(func([]any) bool { return retain })
}

// resource is the engine's state of one resource.
type resource struct {
	Outputs map[string]any `pulumi:"outputs"`
}

// Read reads the stack's state from the engine. See readStackResourceOutputs in the engine's builtin provider.
func Read(ctx *pulumi.Context) (Stack, error) {
	var state struct {
		Outputs map[string]resource `pulumi:"outputs"`
	}
	args := struct {
		StackName string `pulumi:"stackName"`
	}{ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()}
	// The state contains secrets. Stack has none of them.
	if _, err := ctx.InvokePackageRaw("pulumi:pulumi:readStackResourceOutputs", &args, &state, ""); err != nil {
		return Stack{}, fmt.Errorf("read the state of the stack: %w", err)
	}
	return stack(state.Outputs), nil
}

func (r resource) retained() bool {
	retained, _ := r.Outputs[RetainedOutput].(bool)
	return retained
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
		case types == namespaceType:
			found.Namespace = name // the object has the resource's name
		case types == componentType:
			found.Cluster, _ = resource.Outputs[ClusterOutput].(string)
			found.Retained = found.Retained || resource.retained()
		case types == databaseType:
			found.Retained = found.Retained || resource.retained()
		case types == claimType:
			found.Databases = append(found.Databases, name)
		}
	}
	slices.Sort(found.Databases)
	return found
}
