package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/deployed"
	"example.com/kubernetes-networking/infra/preflight"
	"example.com/kubernetes-networking/infra/report"
)

// program declares resources and returns the stack's outputs.
type program func(d *Demo) (outputs pulumi.Map, err error)

// run runs the program under the Pulumi engine. It ends the process with an error status if the program fails.
func run(declare program) {
	stderr, err := api.DiscardStderr()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	err = pulumi.RunErr(func(ctx *pulumi.Context) error {
		return report.Failure(ctx, declare.checked(ctx), nil)
	})
	if err == nil {
		return
	}
	if !report.Reported(err) {
		fmt.Fprintln(stderr, redact.Text(err.Error()))
		os.Exit(1)
	}
	os.Exit(constant.ExitStatusLoggedError)
}

// checked validates everything it can before the first resource is created, then runs the program.
func (declare program) checked(ctx *pulumi.Context) error {
	stack, err := config.Load(ctx, ctx.RootDirectory())
	if err != nil {
		return err
	}
	found, err := connect(ctx, stack)
	if err != nil {
		return err
	}
	if err := checkChanges(ctx, found, stack); err != nil {
		return err
	}
	builder := images.NewBuilder(ctx.RootDirectory(), stack.Repository, ctx.DryRun(), func(format string, args ...any) {
		// Progress is not essential.
		_ = ctx.Log.Info(redact.Text(fmt.Sprintf(format, args...)), nil)
	})
	if builder.Architectures, err = architectures(ctx, stack, found); err != nil {
		return err
	}
	d, err := newDemo(ctx, stack, builder, found)
	if err != nil {
		return err
	}
	defer d.rollout.Close()
	outputs, err := declare(d)
	for name, output := range outputs {
		ctx.Export(name, output)
	}
	if err != nil {
		return err
	}
	if ctx.DryRun() {
		return d.rollout.Preview(ctx.Context(), found, stack.Namespace)
	}
	return d.rollout.Wait(ctx, found, stack.Namespace)
}

// checkChanges compares the configuration with the deployed stack. It warns of each deletion, and returns an error if
// the update would delete retained data or take over another owner's namespace.
func checkChanges(ctx *pulumi.Context, found cluster, stack config.Config) error {
	before, err := deployed.Read(ctx)
	if err != nil {
		return err
	}
	warnings, err := preflight.Changes(ctx.Context(), found, stack, before, ownDatabases(stack), ctx.DryRun())
	for _, warning := range warnings {
		err = errors.Join(err, ctx.Log.Warn(warning, nil))
	}
	return err
}

// ownDatabases returns the names of the databases that the program declares for this stack.
func ownDatabases(stack config.Config) []string {
	if stack.ClientsDatabase != nil { // all are external, or none
		return nil
	}
	return []string{names.clientsDatabase, names.ordersDatabase, names.productsDatabase}
}

// connect returns the stack's cluster. It returns nil in a preview without a cluster, such as the check of a pull
// request.
func connect(ctx *pulumi.Context, stack config.Config) (cluster, error) {
	if !ctx.DryRun() {
		return preflight.Check(ctx.Context(), stack)
	}
	found, err := preflight.Cluster(ctx.Context(), stack)
	if err != nil {
		return nil, ctx.Log.Info("previewing without the cluster: "+redact.Text(err.Error()), nil)
	}
	return found, nil
}
