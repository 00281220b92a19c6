// Command bench-up measures `pulumi up` of the whole demo from an empty namespace, an `up` without changes, and `pulumi
// preview` on the running embedded cluster. It prints the durations and the course of each command. `make bench-up`
// runs it.
//
// It uses its own stack, state and namespace, and removes them at the end. It does not touch a deployed demo.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	root := flag.String("root", ".", "top folder of the checkout")
	rounds := flag.Int("rounds", 3, "number of measurements of each command")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *root, *rounds)
	if ctx.Err() != nil {
		err = errors.New("interrupted; its resources are deleted, unless an error above says otherwise")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-up:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, rounds int) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	stack, err := newStack(ctx, root)
	if err != nil {
		return err
	}
	// Also after an interrupt, which cancels ctx.
	defer func() {
		if err := stack.remove(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "bench-up:", err)
		}
	}()
	fmt.Println("warm-up round, not measured: compile, push and pull everything")
	if _, err := measureRound(ctx, stack); err != nil {
		return err
	}
	var measured []round
	for i := range rounds {
		next, err := measureRound(ctx, stack)
		if err != nil {
			return err
		}
		fmt.Printf("round %d of %d: up %.1f s, up again %.1f s, preview %.1f s\n", i+1, rounds,
			next.up.took.Seconds(), next.again.took.Seconds(), next.preview.took.Seconds())
		measured = append(measured, next)
	}
	printRounds(os.Stdout, measured)
	return nil
}
