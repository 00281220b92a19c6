package debian

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Prebuild is the main function of a command that builds an image ahead of time. The command's one argument is the
// folder that caches images, .local/images of the checkout. Prebuild exits if build returns an error. A nil image means
// that this machine needs none.
func Prebuild(title string, build func(ctx context.Context, cache string, progress func(string, ...any)) (v1.Image, error)) {
	if err := prebuild(title, build); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", title, err)
		os.Exit(1)
	}
}

func prebuild(title string, build func(context.Context, string, func(string, ...any)) (v1.Image, error)) error {
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
