// Package prebuild is what the commands that build an image ahead of time have in common.
package prebuild

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Build returns the image from the cache folder, or builds it. A nil image means that this machine needs none.
type Build func(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error)

// Main is the main function of such a command. The command's one argument is the folder that caches images,
// .local/images of the checkout. Main exits if build returns an error.
func Main(title string, build Build) {
	if err := run(title, build); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", title, err)
		os.Exit(1)
	}
}

func run(title string, build Build) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s CACHE-FOLDER", os.Args[0])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	image, err := build(ctx, os.Args[1], func(format string, args ...any) { fmt.Printf(format+"\n", args...) })
	if err != nil || image == nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	fmt.Printf("%s ready: %s\n", title, digest)
	return nil
}
