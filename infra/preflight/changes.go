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
// retainData keeps, delete a database that deleteDatabases does not list, or take over a namespace of somebody else.
// The warnings list what the update deletes. A preview returns an error only for data that the last update has
// protected, which the engine refuses to delete, and otherwise warns. The cluster is nil if it cannot be reached. The
// databases are those that the program declares.
func Changes(
	ctx context.Context, cluster Reader, stack config.Config, before deployed.Stack, databases []string, preview bool,
) (warnings []string, err error) {
	uid := ""
	if cluster != nil {
		if uid, err = ClusterID(ctx, cluster); err != nil {
			return nil, err
		}
	}
	warnings, err = moves(stack, before, databases, uid)
	if unprotected := new(unprotectedError); preview && errors.As(err, &unprotected) {
		warnings, err = append(warnings, err.Error()), nil
	}
	if cluster == nil {
		return warnings, err
	}
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
	case len(lost) == 0:
		return nil, nil
	case !before.Retained && !stack.RetainData:
		return deletes(lost, stack.DeleteDatabases)
	default:
		key, change, back = "database", "or the names of databases in infra/names.go have changed", "restore them"
	}
	if (before.Retained || stack.RetainData) && len(lost) > 0 {
		err := fmt.Errorf("kubernetes-networking:%s %s: retainData keeps the data of %s, and nothing was changed: %s; "+
			"or, to delete the data, first `pulumi config set retainData false` and `pulumi up` with the old configuration",
			key, change, enumerate(lost), back)
		if !before.Retained {
			err = &unprotectedError{err}
		}
		return nil, err
	}
	deleted := fmt.Sprintf("the namespace %q with everything in it", before.Namespace)
	if len(lost) > 0 {
		deleted += ", and the data of " + enumerate(lost)
	}
	return []string{fmt.Sprintf("kubernetes-networking:%s %s: the update deletes %s (to keep it: %s)",
		key, change, deleted, back)}, nil
}

// unprotectedError is about data that an update must not delete, although the last one has not protected it.
type unprotectedError struct{ error }

// deletes returns a warning that the update deletes these databases, or an error if one is not allowed.
func deletes(lost, allowed []string) (warnings []string, err error) {
	loss := fmt.Sprintf("the program no longer declares %s: the update deletes each of them with its data", enumerate(lost))
	if slices.ContainsFunc(lost, func(name string) bool { return !slices.Contains(allowed, name) }) {
		return nil, &unprotectedError{fmt.Errorf("%s: restore their names in infra/names.go, or allow it with "+
			"`pulumi config set deleteDatabases %s`", loss, strings.Join(lost, ","))}
	}
	return []string{loss}, nil
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
