//go:build !linux

package postgres

import (
	"context"
	"os/exec"
)

// inside returns a command that fails, because this system cannot run Linux programs.
func inside(ctx context.Context, _, program string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Err = ErrUnavailable
	return command
}
