// Command tools does the work of the Makefile: it builds or finds the programs that the project uses, and operates the
// stacks. commands.go lists its commands. The packages in internal do the work: build and host put programs into
// .local, stack operates a Pulumi stack, shell opens a shell for it, and checkout and progress serve all of them.
//
// run.sh compiles this program before anything else, on a fresh machine too, so that its dependencies stay few.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"example.com/kubernetes-networking/infra/tools/internal/shell"
	"example.com/kubernetes-networking/infra/tools/internal/stack"
)

func main() {
	// Every child process is started with this context, so that an interrupt also stops compilers and apt.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newCommand().ExecuteContext(ctx)
	var status shell.ExitStatus
	switch {
	case ctx.Err() != nil:
		state := stack.Interruption("interrupted; what was finished is kept")
		_ = errors.As(err, &state)
		fmt.Fprintln(os.Stderr, "tools:", state)
		os.Exit(130)
	case errors.As(err, &status):
		os.Exit(int(status))
	case err != nil:
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}
