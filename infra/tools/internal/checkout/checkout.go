// Package checkout describes the working copy of this repository that the tools work on: its paths, the lock that keeps
// two runs apart, and commands that run in it.
package checkout

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Checkout is a working copy of this repository.
type Checkout struct {
	// Root is the absolute path of its top folder.
	Root string
}

// Local returns a path in .local, the folder that git ignores.
func (c Checkout) Local(elements ...string) string {
	return filepath.Join(append([]string{c.Root, ".local"}, elements...)...)
}

// MakeCommand returns the make command of a goal for a stack. The goal may have arguments.
func MakeCommand(stack, goal string) string {
	if stack != "dev" && stack != "" {
		return "make " + goal + " STACK=" + stack
	}
	return "make " + goal
}

// Output runs a command in the checkout with this input, and returns its standard output. The error holds its standard
// error.
func (c Checkout) Output(ctx context.Context, input []byte, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	command.Dir, command.Stdin, command.Stderr = c.Root, bytes.NewReader(input), &stderr
	stdout, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout, nil
}

// Attached runs a command in the checkout, on the terminal of this process.
func (c Checkout) Attached(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = c.Root, os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
