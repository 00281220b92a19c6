// Package stack operates a Pulumi stack of this project: it creates the stack dev, recovers it after an update that was
// killed, waits until the demo is ready, measures and shows its state, and switches its labs. The name of the stack is
// PULUMI_STACK. Each file holds one command, named after its make target; changes in a stack go through update.go.
package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// devStack is the stack of the embedded cluster, with a backend in .local.
const devStack = "dev"

// Stack is a stack of one checkout.
type Stack struct {
	checkout.Checkout
	report *progress.Report
	out    *os.File // the results of a command
}

// New returns the stack PULUMI_STACK. Its commands print results to out and report their progress.
func New(c checkout.Checkout, report *progress.Report, out *os.File) *Stack {
	return &Stack{Checkout: c, report: report, out: out}
}

func stackName() string { return os.Getenv("PULUMI_STACK") }

// Ensure creates the stack dev if it does not exist. Another stack must exist: its backend and secrets are the user's
// choice.
func (s *Stack) Ensure(ctx context.Context) error {
	if err := checkPulumi(); err != nil {
		return err
	}
	if stackName() != devStack {
		return s.checkStack(ctx)
	}
	exists, err := devStackExists()
	if exists || err != nil {
		return err
	}
	backend, err := backendFolder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(backend, 0o700); err != nil {
		return err
	}
	return s.Attached(ctx, "pulumi", "stack", "init", devStack)
}

// outputs returns the outputs of the stack. The map is empty if nothing is deployed.
func (s *Stack) outputs(ctx context.Context) (map[string]any, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	content, err := s.pulumi(ctx, nil, "stack", "output", "--json")
	if err != nil {
		return nil, fmt.Errorf("read the outputs of the stack: %w", err)
	}
	var outputs map[string]any
	if err := json.Unmarshal(content, &outputs); err != nil {
		return nil, fmt.Errorf("read the outputs of the stack: %w", err)
	}
	return outputs, nil
}

func errNothingDeployed() error {
	return errors.New("nothing is deployed yet: run " + makeCommand("up"))
}

// check returns an error if the stack does not exist or the CLI is missing.
func (s *Stack) check(ctx context.Context) error {
	if stackName() == devStack {
		if exists, err := devStackExists(); err != nil {
			return err
		} else if !exists {
			return errNothingDeployed()
		}
	}
	if err := checkPulumi(); err != nil || stackName() == devStack {
		return err
	}
	return s.checkStack(ctx)
}

// checkPulumi returns an error if the CLI is missing.
func checkPulumi() error {
	if _, err := exec.LookPath("pulumi"); err != nil {
		return errors.New("pulumi is not built yet: run " + makeCommand("tools"))
	}
	return nil
}

// makeCommand returns the make command of a goal for this stack.
func makeCommand(goal string) string { return checkout.MakeCommand(stackName(), goal) }

// checkStack returns an error if the user is not logged in to a backend, or the backend lacks the stack.
func (s *Stack) checkStack(ctx context.Context) error {
	shell := "in `" + makeCommand("shell") + "`"
	if _, err := s.pulumi(ctx, nil, "whoami", "--non-interactive"); err != nil {
		return fmt.Errorf("the stack %s needs a Pulumi backend, and pulumi cannot use one: %s. Run `pulumi login` (or `pulumi login --local`) %s",
			stackName(), reason(err), shell)
	}
	if _, err := s.pulumi(ctx, nil, "stack", "--show-name", "--non-interactive"); err != nil {
		return fmt.Errorf("the stack %s cannot be used: %s. If it does not exist, run `pulumi stack init %s` %s", stackName(), reason(err), stackName(), shell)
	}
	return nil
}

// reason returns in one line what the CLI has printed about an error.
func reason(err error) string {
	_, printed, found := strings.Cut(err.Error(), "\n")
	if !found {
		return err.Error()
	}
	for line := range strings.Lines(printed) {
		if message, found := strings.CutPrefix(strings.TrimSpace(line), "error: "); found {
			return strings.TrimSuffix(message, ".")
		}
	}
	return strings.Join(strings.Fields(printed), " ")
}

// devStackExists reports whether the backend of the stack dev holds it.
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

// backendFolder returns the folder of a file:// backend, or an empty string for another backend.
func backendFolder() (string, error) {
	backend, err := url.Parse(os.Getenv("PULUMI_BACKEND_URL"))
	if err != nil {
		return "", errors.New("PULUMI_BACKEND_URL is not a URL") // the error of net/url holds the value, which may hold a password
	}
	if backend.Scheme != "file" {
		return "", nil
	}
	return backend.Path, nil
}

func (s *Stack) pulumi(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	return s.Output(ctx, input, "pulumi", args...)
}
