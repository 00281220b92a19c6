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
	t := &tools{}
	root := &cobra.Command{
		Use: "tools", Short: "Build the programs of the project and operate its stacks",
		SilenceUsage: true, SilenceErrors: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return t.open() },
	}
	root.PersistentFlags().StringVar(&t.Root, "root", ".", "top folder of the checkout")
	root.AddGroup(
		&cobra.Group{ID: "build", Title: "Build what a make target needs:"},
		&cobra.Group{ID: "stack", Title: "Operate the stack PULUMI_STACK:"},
	)
	root.AddCommand(newBuildCommands(t)...)
	root.AddCommand(newStackCommands(t)...)
	root.AddCommand(
		&cobra.Command{
			Use: "base COMMIT", Short: "check the commit out to .local/base, with hard links to built programs",
			Args: cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, args []string) error {
				return t.alone(command.Context(), func(ctx context.Context) error { return t.Base(ctx, args[0]) })
			},
		},
		newShellCommand(t),
		&cobra.Command{
			Use: "shell-check FOLDER", Hidden: true, Args: cobra.ExactArgs(1), Short: "check the environment of a new shell",
			RunE: func(_ *cobra.Command, args []string) error { return shell.Check(args[0]) },
		},
	)
	return root
}

func newBuildCommands(t *tools) []*cobra.Command {
	cluster := true
	var commands []*cobra.Command
	for _, c := range []struct {
		use, short string
		run        func(*build.Builder, context.Context) error
	}{
		{"tools", "everything that the demo needs", func(b *build.Builder, ctx context.Context) error { return b.Demo(ctx, cluster) }},
		{"cluster", "what the embedded cluster needs", (*build.Builder).Cluster},
		{"tests", "what make test needs", (*build.Builder).Tests},
		{"browser", "what make e2e needs in addition to the demo", (*build.Builder).Browser},
		{"clustertests", "what make e2e-cluster needs in addition to the demo", (*build.Builder).ClusterTests},
		{"conformance", "what make conformance needs", (*build.Builder).Conformance},
		{"linters", "what make lint needs", (*build.Builder).Linters},
		{"portable", "check that the program compiles on macOS and Windows", (*build.Builder).Portable},
		{"doctor", "check whether the embedded cluster can run on this machine", (*build.Builder).Doctor},
	} {
		commands = append(commands, &cobra.Command{
			GroupID: "build", Use: c.use, Short: c.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error {
				return t.alone(command.Context(), func(ctx context.Context) error { return c.run(t.build, ctx) })
			},
		})
	}
	commands[0].Flags().BoolVar(&cluster, "cluster", true, "include the embedded Kubernetes cluster")
	return commands
}

func newStackCommands(t *tools) []*cobra.Command {
	var commands []*cobra.Command
	for _, c := range []struct {
		use, short string
		writes     bool // to .local
		run        func(*stack.Stack, context.Context) error
	}{
		{"stack", "create the stack dev, or check that another one can be used", false, (*stack.Stack).Ensure},
		{"recover", "make the stack ready for an update after one that was killed", true, (*stack.Stack).Recover},
		{"retain", "refuse a destroy that would delete retained data", true, (*stack.Stack).Retain},
		{"await", "wait until the demo is ready", true, (*stack.Stack).Await},
		{"outputs", "print the state and the URLs of the demo", false, (*stack.Stack).PrintOutputs},
		{"verify", "measure all connections, and write the result to .local/verify", true, (*stack.Stack).Verify},
		{"manifests", "write the Kubernetes YAML of the stack to .local/manifests", true, (*stack.Stack).Manifests},
	} {
		commands = append(commands, &cobra.Command{
			GroupID: "stack", Use: c.use, Short: c.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error {
				run := func(ctx context.Context) error { return c.run(t.stack, ctx) }
				if !c.writes {
					return run(command.Context())
				}
				return t.alone(command.Context(), run)
			},
		})
	}
	return append(commands, &cobra.Command{
		GroupID: "stack", Use: "lab [ON=NAME | OFF=1]", Short: "list the labs, or switch between them",
		RunE: func(command *cobra.Command, args []string) error { return t.lab(command.Context(), args) },
	})
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
