// Command apps builds the images of apps ahead of time, so that `pulumi up` finds them in the cache.
package main

import (
	"context"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/images/cmd/internal/prebuild"
)

func main() { prebuild.Main("images of the apps", []string{"CHECKOUT", "APP..."}, build) }

// build builds the images of the apps that the arguments after the checkout name.
func build(ctx context.Context, args []string, progress prebuild.Progress) error {
	root, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	builder := images.NewBuilder(root, "", true, progress)
	apps, ctx := errgroup.WithContext(ctx)
	for _, name := range args[1:] {
		apps.Go(func() error { return builder.CacheApp(ctx, name) })
	}
	return apps.Wait()
}
