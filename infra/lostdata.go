package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/workload"
)

// ownDatabases returns the names of the databases that the program declares for this stack.
func ownDatabases(stack config.Config) []string {
	if stack.ClientsDatabase != nil { // all are external, or none
		return nil
	}
	return []string{names.clientsDatabase, names.ordersDatabase, names.productsDatabase}
}

// checkData compares the databases in the cluster with those that the program declares. The update deletes the others,
// which were renamed or became external, with their data. In a preview checkData warns. In an update it returns an
// error unless deleteDatabases lists them.
func checkData(ctx *pulumi.Context, stack config.Config, cluster cluster) error {
	if cluster == nil {
		return nil
	}
	found, err := cluster.Claims(ctx.Context(), stack.Namespace, fmt.Sprintf(
		"app.kubernetes.io/part-of=%s,app.kubernetes.io/component=%s", workload.PartOf, workload.Database))
	if errors.Is(err, api.ErrForbidden) || err != nil && ctx.DryRun() {
		return ctx.Log.Warn("cannot check whether this update deletes a database: "+err.Error(), nil)
	}
	if err != nil {
		return err
	}
	lost := slices.DeleteFunc(found, func(name string) bool { return slices.Contains(ownDatabases(stack), name) })
	if len(lost) == 0 {
		return nil
	}
	loss := fmt.Errorf("the program no longer declares %s: the update deletes each of them with its data",
		strings.Join(lost, ", "))
	allowed := !slices.ContainsFunc(lost, func(name string) bool { return !slices.Contains(stack.DeleteDatabases, name) })
	switch {
	case stack.RetainData:
		loss = fmt.Errorf("%w, and retainData is set: restore their names in infra/names.go, or first run "+
			"`pulumi config set retainData false` and `make up` with the old names", loss)
	case !allowed:
		loss = fmt.Errorf("%w: restore their names in infra/names.go, or allow it with "+
			"`pulumi config set deleteDatabases %s`", loss, strings.Join(lost, ","))
	}
	if ctx.DryRun() || allowed && !stack.RetainData {
		return ctx.Log.Warn(loss.Error(), nil)
	}
	return loss
}
