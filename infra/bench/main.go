// Command bench measures `pulumi up` of the whole demo from an empty namespace, an `up` that has nothing to do, and
// `pulumi preview`, on the running embedded cluster, and says where the time goes. `make bench-up` runs it.
//
// It has a stack, a state and a namespace of its own, which it removes: what is deployed otherwise is left alone.
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
	rounds := flag.Int("rounds", 3, "how often each command is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *root, *rounds)
	if ctx.Err() != nil {
		err = errors.New("interrupted; what was made has been removed, or the lines above say why not")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
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
	// Also after an interrupt, which has ended the context.
	defer func() {
		if err := stack.remove(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}()
	fmt.Println("one round that does not count: it compiles, pushes and pulls what is not there yet")
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
