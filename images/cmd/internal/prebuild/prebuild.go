// Package prebuild provides the main function of the commands that build images ahead of time.
package prebuild

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Progress reports a step that takes long.
type Progress func(format string, args ...any)

// Main runs build with the arguments of the command. It exits with an error if they do not match the usage, whose last
// argument may be repeated if it ends with "...", or if build returns an error. An interrupt or SIGTERM cancels the
// context.
func Main(title string, usage []string, build func(ctx context.Context, args []string, progress Progress) error) {
	err := fmt.Errorf("usage: %s %s", os.Args[0], strings.Join(usage, " "))
	args, repeated := os.Args[1:], strings.HasSuffix(usage[len(usage)-1], "...")
	if len(args) == len(usage) || repeated && len(args) > len(usage) {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = build(ctx, args, func(format string, args ...any) { fmt.Printf(format+"\n", args...) })
		stop()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", title, err)
		os.Exit(1)
	}
}

// Image is the main function of a command that builds one image. Its argument is the folder that caches images,
// .local/images of the checkout. A nil image means that this machine needs none.
func Image(title string, build func(ctx context.Context, cache string, progress func(string, ...any)) (v1.Image, error)) {
	Main(title, []string{"CACHE-FOLDER"}, func(ctx context.Context, args []string, progress Progress) error {
		image, err := build(ctx, args[0], progress)
		if err != nil || image == nil {
			return err
		}
		digest, err := image.Digest()
		if err != nil {
			return fmt.Errorf("digest: %w", err)
		}
		progress("%s ready: %s", title, digest)
		return nil
	})
}
