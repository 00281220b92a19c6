// Command apps builds the images of apps ahead of time, so that `pulumi up` finds them in the cache. It is called with
// the top folder of the checkout and the names of the apps.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/images"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "images of the apps: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 3 {
		return fmt.Errorf("usage: %s CHECKOUT APP [APP...]", os.Args[0])
	}
	root, err := filepath.Abs(os.Args[1])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	builder := images.NewBuilder(root, "", true, func(format string, args ...any) { fmt.Printf(format+"\n", args...) })
	apps, ctx := errgroup.WithContext(ctx)
	for _, name := range os.Args[2:] {
		apps.Go(func() error { return builder.CacheApp(ctx, name) })
	}
	return apps.Wait()
}
