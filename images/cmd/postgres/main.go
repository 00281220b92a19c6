// Command postgres builds the PostgreSQL image ahead of time, so that `pulumi up` finds it in the cache. The command
// does nothing if the cache has an image of the current recipe, or if this machine cannot build the image.
package main

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/cmd/internal/prebuild"
	"example.com/kubernetes-networking/images/postgres"
)

func main() { prebuild.Image("postgres image", build) }

func build(ctx context.Context, cache string, progress func(string, ...any)) (v1.Image, error) {
	image, err := postgres.Image(ctx, cache, progress)
	if errors.Is(err, postgres.ErrUnavailable) {
		progress("%v; databaseImage defaults to %s", err, postgres.Official)
		return nil, nil
	}
	return image, err
}
