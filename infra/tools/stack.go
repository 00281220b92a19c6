package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// devStack is the stack of the embedded cluster, with a backend in .local.
const devStack = "dev"

// stack makes the stack dev where there is none. Another stack has to exist: its backend and secrets are the user's choice.
func (b *builder) stack(ctx context.Context) error {
	if err := needPulumi(); err != nil {
		return err
	}
	if stack := os.Getenv("PULUMI_STACK"); stack != devStack {
		return b.checkStack(ctx, stack)
	}
	made, err := devStackExists()
	if made || err != nil {
		return err
	}
	backend, err := backendFolder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(backend, 0o700); err != nil {
		return err
	}
	return b.attached(ctx, "pulumi", "stack", "init", devStack)
}

func nothingDeployed() error {
	return errors.New("nothing is deployed yet: run " + makeCommand("up"))
}

// needStack returns an error where the stack has nothing to read: it does not exist, or the CLI is missing.
func (b *builder) needStack(ctx context.Context) error {
	stack := os.Getenv("PULUMI_STACK")
	if stack == devStack {
		if made, err := devStackExists(); err != nil {
			return err
		} else if !made {
			return nothingDeployed()
		}
	}
	if err := needPulumi(); err != nil || stack == devStack {
		return err
	}
	return b.checkStack(ctx, stack)
}

// needPulumi returns an error where the CLI is missing.
func needPulumi() error {
	if _, err := exec.LookPath("pulumi"); err != nil {
		return errors.New("pulumi is not built yet: run " + makeCommand("tools"))
	}
	return nil
}

// makeCommand is the command for the stack of this run.
func makeCommand(goal string) string {
	if stack := os.Getenv("PULUMI_STACK"); stack != devStack && stack != "" {
		return "make " + goal + " STACK=" + stack
	}
	return "make " + goal
}

// checkStack returns an error where the user is not logged in to a backend, or the backend has no such stack.
func (b *builder) checkStack(ctx context.Context, stack string) error {
	inShell := "in `" + makeCommand("shell") + "`"
	if _, err := b.pulumi(ctx, nil, "whoami", "--non-interactive"); err != nil {
		return fmt.Errorf("the stack %s needs a Pulumi backend, and pulumi cannot use one: %s. Run `pulumi login` (or `pulumi login --local`) %s",
			stack, reason(err), inShell)
	}
	if _, err := b.pulumi(ctx, nil, "stack", "--show-name", "--non-interactive"); err != nil {
		return fmt.Errorf("the stack %s cannot be used: %s. If it does not exist, run `pulumi stack init %s` %s", stack, reason(err), stack, inShell)
	}
	return nil
}

// reason is what the CLI prints for an error, in one line.
func reason(err error) string {
	_, printed, found := strings.Cut(err.Error(), "\n")
	if !found {
		return err.Error()
	}
	for line := range strings.Lines(printed) {
		if said, found := strings.CutPrefix(strings.TrimSpace(line), "error: "); found {
			return strings.TrimSuffix(said, ".")
		}
	}
	return strings.Join(strings.Fields(printed), " ")
}

// devStackExists reports whether the stack dev is in its backend.
func devStackExists() (bool, error) {
	folder, err := backendFolder()
	if err != nil {
		return false, err
	}
	_, err = os.Stat(filepath.Join(folder, ".pulumi", "stacks", "kubernetes-networking", devStack+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// backendFolder is the folder of a backend of files, or empty for another backend.
func backendFolder() (string, error) {
	backend, err := url.Parse(os.Getenv("PULUMI_BACKEND_URL"))
	if err != nil || backend.Scheme != "file" {
		return "", err
	}
	return backend.Path, nil
}

// attached runs a command in the checkout, on this process' terminal.
func (b *builder) attached(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = b.root, os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
