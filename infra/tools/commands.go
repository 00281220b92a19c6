package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/tools/internal/build"
	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
	"example.com/kubernetes-networking/infra/tools/internal/shell"
	"example.com/kubernetes-networking/infra/tools/internal/stack"
)

// tools is what the commands work with.
type tools struct {
	checkout.Checkout
	report *progress.Report
	build  *build.Builder
	stack  *stack.Stack
}

func newCommand() *cobra.Command {
	var t tools
	root := &cobra.Command{
		Use: "tools", Short: "Build the programs of the project and operate its stacks",
		SilenceUsage: true, SilenceErrors: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return t.open() },
	}
	root.PersistentFlags().StringVar(&t.Root, "root", ".", "top folder of the checkout")
	root.AddGroup(&cobra.Group{ID: "build", Title: "Build what a make target needs:"}, &cobra.Group{ID: "stack", Title: "Operate the stack PULUMI_STACK:"})

	cluster := true
	for _, c := range []struct {
		group, use, short string
		run               func(context.Context) error
	}{
		{"build", "tools", "everything that the demo needs", func(ctx context.Context) error { return t.build.Demo(ctx, cluster) }},
		{"build", "cluster", "what the embedded cluster needs", func(ctx context.Context) error { return t.build.Cluster(ctx) }},
		{"build", "tests", "what make test needs", func(ctx context.Context) error { return t.build.Tests(ctx) }},
		{"build", "browser", "what make e2e needs in addition to the demo", func(ctx context.Context) error { return t.build.Browser(ctx) }},
		{"build", "clustertests", "what make e2e-cluster needs in addition to the demo", func(ctx context.Context) error { return t.build.ClusterTests(ctx) }},
		{"build", "conformance", "what make conformance needs", func(ctx context.Context) error { return t.build.Conformance(ctx) }},
		{"build", "linters", "what make lint needs", func(ctx context.Context) error { return t.build.Linters(ctx) }},
		{"build", "portable", "check that the program compiles on macOS and Windows", func(ctx context.Context) error { return t.build.Portable(ctx) }},
		{"build", "doctor", "check whether the embedded cluster can run on this machine", func(ctx context.Context) error { return t.build.Doctor(ctx) }},
		{"stack", "recover", "make the stack ready for an update after one that was killed", func(ctx context.Context) error { return t.stack.Recover(ctx) }},
		{"stack", "retain", "refuse a destroy that would delete retained data", func(ctx context.Context) error { return t.stack.Retain(ctx) }},
		{"stack", "await", "wait until the demo is ready", func(ctx context.Context) error { return t.stack.Await(ctx) }},
		{"stack", "verify", "measure which Pods reach which, and write that to .local/verify", func(ctx context.Context) error { return t.stack.Verify(ctx) }},
		{"stack", "manifests", "write the Kubernetes YAML of the stack to .local/manifests", func(ctx context.Context) error { return t.stack.Manifests(ctx) }},
	} {
		root.AddCommand(&cobra.Command{
			GroupID: c.group, Use: c.use, Short: c.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error { return t.alone(command.Context(), c.run) },
		})
	}
	for _, command := range root.Commands() {
		if command.Name() == "tools" {
			command.Flags().BoolVar(&cluster, "cluster", true, "include the embedded Kubernetes cluster")
		}
	}

	root.AddCommand(
		&cobra.Command{
			Use: "base COMMIT", Short: "check the commit out to .local/base, with hard links to built programs", Args: cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, args []string) error {
				return t.alone(command.Context(), func(ctx context.Context) error { return t.Base(ctx, args[0]) })
			},
		},
		&cobra.Command{
			GroupID: "stack", Use: "stack", Short: "create the stack dev, or check that another one can be used", Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error { return t.stack.Ensure(command.Context()) },
		},
		&cobra.Command{
			GroupID: "stack", Use: "outputs", Short: "print the state and the URLs of the demo", Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error { return t.stack.PrintOutputs(command.Context()) },
		},
		&cobra.Command{
			GroupID: "stack", Use: "lab [ON=NAME | OFF=1]", Short: "list the labs, or switch between them",
			RunE: func(command *cobra.Command, args []string) error { return t.lab(command.Context(), args) },
		},
		newShellCommand(&t),
		&cobra.Command{
			Use: "shell-check FOLDER", Hidden: true, Args: cobra.ExactArgs(1), Short: "check the environment of a new shell",
			RunE: func(_ *cobra.Command, args []string) error { return shell.Check(args[0]) },
		},
	)
	return root
}

func newShellCommand(t *tools) *cobra.Command {
	var set, unset, kept string
	command := &cobra.Command{
		GroupID: "stack", Use: "shell", Short: "open the user's shell for the stack", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return shell.Open(t.Checkout, t.report, shell.Environment{
				Set: strings.Fields(set), Unset: strings.Fields(unset), Kept: strings.Fields(kept),
			})
		},
	}
	command.Flags().StringVar(&set, "set", "", "variables that the shell gets from this environment")
	command.Flags().StringVar(&unset, "unset", "", "patterns of variables that it does not get")
	command.Flags().StringVar(&kept, "kept", "", "variables that the patterns do not apply to")
	return command
}

// open prepares the work on the checkout.
func (t *tools) open() error {
	root, err := filepath.Abs(t.Root)
	if err != nil {
		return err
	}
	if !utf8.ValidString(root) { // gRPC, which connects Pulumi's processes, refuses such strings
		return fmt.Errorf("the path of this checkout, %q, is not UTF-8: move the checkout", root)
	}
	t.Root, t.report = root, progress.New(os.Stderr)
	t.build = build.New(t.Checkout, t.report)
	t.stack = stack.New(t.Checkout, t.report, os.Stdout)
	return nil
}

// alone runs a command that writes to .local. It waits until no other one runs in the checkout.
func (t *tools) alone(ctx context.Context, run func(context.Context) error) error {
	unlock, err := t.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	defer t.report.Start()()
	return run(ctx)
}

func (t *tools) lab(ctx context.Context, args []string) error {
	request, err := stack.ParseLab(args)
	if err != nil {
		return err
	}
	if request.List {
		return t.stack.ListLabs(ctx)
	}
	return t.alone(ctx, func(ctx context.Context) error { return t.stack.SwitchLab(ctx, request.Name) })
}
