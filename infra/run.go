package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/image"
	"example.com/kubernetes-networking/infra/preflight"
	"example.com/kubernetes-networking/infra/report"
)

// program declares resources for a checked configuration, and returns the stack's outputs.
type program func(ctx *pulumi.Context, stack config.Config, builder image.Builder) (outputs pulumi.Map, err error)

// run executes the program under the Pulumi engine and ends the process with an error if it fails.
func run(declare program) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		return report.Failure(ctx, declare.checked(ctx), nil)
	})
	if err == nil {
		return
	}
	if !report.Told(err) {
		fmt.Fprintln(os.Stderr, err)
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
	if !ctx.DryRun() {
		if err := preflight.Check(ctx.Context(), stack); err != nil {
			return err
		}
	}
	builder := images.NewBuilder(ctx.RootDirectory(), stack.Repository, ctx.DryRun(), func(format string, args ...any) {
		// A line of progress that gets lost is no reason to stop.
		_ = ctx.Log.Info(fmt.Sprintf(format, args...), nil)
	})
	outputs, err := declare(ctx, stack, builder)
	for name, output := range outputs {
		ctx.Export(name, output)
	}
	return err
}
