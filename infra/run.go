package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/deployed"
	"example.com/kubernetes-networking/infra/preflight"
	"example.com/kubernetes-networking/infra/report"
)

// program declares resources and returns the stack's outputs.
type program func(in *parts) (outputs pulumi.Map, err error)

// run executes the program under the Pulumi engine and ends the process with an error if it fails.
func run(declare program) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		return report.Failure(ctx, declare.checked(ctx), nil)
	})
	if err == nil {
		return
	}
	if !report.Told(err) {
		fmt.Fprintln(os.Stderr, redact.Text(err.Error()))
		os.Exit(1)
	}
	os.Exit(constant.ExitStatusLoggedError)
}

// checked looks at what can be looked at before the first resource, then runs the program.
func (declare program) checked(ctx *pulumi.Context) error {
	stack, err := config.Load(ctx, ctx.RootDirectory())
	if err != nil {
		return err
	}
	found, err := look(ctx, stack)
	if err != nil {
		return err
	}
	if err := compare(ctx, found, stack); err != nil {
		return err
	}
	if err := checkData(ctx, stack, found); err != nil {
		return err
	}
	builder := images.NewBuilder(ctx.RootDirectory(), stack.Repository, ctx.DryRun(), func(format string, args ...any) {
		// A line of progress that gets lost is no reason to stop.
		_ = ctx.Log.Info(redact.Text(fmt.Sprintf(format, args...)), nil)
	})
	if builder.Architectures, err = architectures(ctx, stack, found); err != nil {
		return err
	}
	in, err := newParts(ctx, stack, builder, found)
	if err != nil {
		return err
	}
	outputs, err := declare(in)
	for name, output := range outputs {
		ctx.Export(name, output)
	}
	if err != nil {
		return err
	}
	if ctx.DryRun() {
		return in.rollout.Proceed()
	}
	return in.rollout.Wait(ctx, found, stack.Namespace)
}

// compare returns an error where an update would take away or take over what it must not, and warns of what it deletes.
func compare(ctx *pulumi.Context, found cluster, stack config.Config) error {
	before, err := deployed.Read(ctx)
	if err != nil {
		return err
	}
	warnings, err := preflight.Changes(ctx.Context(), found, stack, before, ownDatabases(stack))
	for _, warning := range warnings {
		err = errors.Join(err, ctx.Log.Warn(warning, nil))
	}
	return err
}

// look finds the stack's cluster. A preview goes on without one: it shows what is known, as in the checks of a pull
// request, where there is no cluster.
func look(ctx *pulumi.Context, stack config.Config) (cluster, error) {
	if !ctx.DryRun() {
		return preflight.Check(ctx.Context(), stack)
	}
	found, err := preflight.Cluster(ctx.Context(), stack)
	if err != nil {
		return nil, ctx.Log.Info("previewing without the cluster: "+redact.Text(err.Error()), nil)
	}
	return found, nil
}
