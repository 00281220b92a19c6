package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/deployed"
)

// Reader reads the JSON of API objects.
type Reader interface {
	Get(ctx context.Context, path string, into any) error
}

// Changes compares the configuration with the deployed stack. It returns an error if the update would delete data that
// retainData keeps, or take over a namespace of somebody else. The warnings list what the update deletes. The cluster
// is nil if it cannot be reached. The databases are those that the program declares.
func Changes(
	ctx context.Context, cluster Reader, stack config.Config, before deployed.Stack, databases []string,
) (warnings []string, err error) {
	if cluster == nil {
		return moves(stack, before, databases, "")
	}
	uid, err := ClusterID(ctx, cluster)
	if err != nil {
		return nil, err
	}
	warnings, err = moves(stack, before, databases, uid)
	here := before.Namespace == stack.Namespace && !elsewhere(before, uid)
	if err == nil && !here {
		err = free(ctx, cluster, stack.Namespace)
	}
	if err != nil {
		return warnings, err
	}
	found, err := volumes(ctx, cluster, stack, databases, here)
	return append(warnings, found...), err
}

// ClusterID returns an identity of the cluster: the UID of a namespace that every cluster has. It is empty if the
// kubeconfig's user may not read it.
func ClusterID(ctx context.Context, cluster Reader) (string, error) {
	var namespace struct{ Metadata struct{ UID string } }
	err := cluster.Get(ctx, "/api/v1/namespaces/kube-system", &namespace)
	if errors.Is(err, api.ErrForbidden) || errors.Is(err, api.ErrNotFound) {
		return "", nil
	}
	return namespace.Metadata.UID, err
}

// elsewhere reports whether the stack is deployed to another cluster than the one with this ID.
func elsewhere(before deployed.Stack, id string) bool {
	return before.Cluster != "" && id != "" && before.Cluster != id
}

// moves returns an error or a warning if an update leaves data behind.
func moves(
	stack config.Config, before deployed.Stack, databases []string, cluster string,
) (warnings []string, err error) {
	if before.Namespace == "" {
		return nil, nil
	}
	lost := slices.DeleteFunc(slices.Clone(before.Databases), func(name string) bool {
		return slices.Contains(databases, name)
	})
	var key, change, back string
	switch {
	case elsewhere(before, cluster):
		key, change = "kubeconfig", "leads to another cluster than the one that the stack is deployed to"
		back, lost = "set kubeconfig and context back", before.Databases
	case stack.Namespace != before.Namespace:
		key, change = "namespace", fmt.Sprintf("is %q, but the stack is deployed to %q", stack.Namespace, before.Namespace)
		back, lost = "pulumi config set namespace "+before.Namespace, before.Databases
	case len(lost) > 0 && before.Retained: // without retainData, deleteDatabases must list each database
		key, change, back = "database", "or the names of databases have changed", "restore them"
	default:
		return nil, nil
	}
	if (before.Retained || stack.RetainData) && len(lost) > 0 {
		return nil, fmt.Errorf("kubernetes-networking:%s %s: retainData keeps the data of %s, and nothing was changed: %s; "+
			"or, to delete the data, first `pulumi config set retainData false` and `pulumi up` with the old configuration",
			key, change, enumerate(lost), back)
	}
	deleted := fmt.Sprintf("the namespace %q with everything in it", before.Namespace)
	if len(lost) > 0 {
		deleted += ", and the data of " + enumerate(lost)
	}
	return []string{fmt.Sprintf("kubernetes-networking:%s %s: the update deletes %s (to keep it: %s)",
		key, change, deleted, back)}, nil
}

func enumerate(names []string) string { return strings.Join(names, ", ") }

// free returns an error if the namespace exists, because destroying the stack would delete it.
func free(ctx context.Context, cluster Reader, name string) error {
	var found struct {
		Metadata struct{ DeletionTimestamp string }
	}
	err := cluster.Get(ctx, "/api/v1/namespaces/"+name, &found)
	switch {
	case errors.Is(err, api.ErrNotFound) || errors.Is(err, api.ErrForbidden):
		return nil
	case err != nil:
		return err
	case found.Metadata.DeletionTimestamp != "":
		return fmt.Errorf("kubernetes-networking:namespace is %q: a namespace of this name is being deleted; wait until it "+
			"is gone (kubectl get namespace %s)", name, name)
	}
	return fmt.Errorf("kubernetes-networking:namespace is %q: this namespace already exists and is not this stack's; "+
		"use another one (pulumi config set namespace NAME), or delete it if you do not need its contents "+
		"(kubectl delete namespace %s)", name, name)
}
