// Command postgres builds the PostgreSQL image ahead of time, so that `pulumi up` finds it ready. It does nothing when
// the recipe is unchanged, or where the image cannot be built. Its one argument is the folder that keeps images,
// .local/images of the checkout.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"example.com/kubernetes-networking/images/postgres"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "postgres image:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s CACHE-FOLDER", os.Args[0])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	image, err := postgres.Image(ctx, os.Args[1], func(format string, args ...any) {
		fmt.Printf(format+"\n", args...)
	})
	if errors.Is(err, postgres.ErrUnavailable) {
		fmt.Printf("%v; databaseImage defaults to %s\n", err, postgres.Official)
		return nil
	}
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	fmt.Println("postgres image ready:", digest)
	return nil
}
