// Command toolbox builds the toolbox image ahead of time: the embedded cluster adds it to its registry when it starts. It
// does nothing when the recipe is unchanged. Its one argument is the folder that keeps images, .local/images of the checkout.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"example.com/kubernetes-networking/images/toolbox"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "toolbox image:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s CACHE-FOLDER", os.Args[0])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	image, err := toolbox.Recipe.Image(ctx, os.Args[1], func(format string, args ...any) {
		fmt.Printf(format+"\n", args...)
	})
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	fmt.Println("toolbox image ready:", digest)
	return nil
}
