package postgres

import (
	"context"
	"fmt"
	"os"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/debian"
)

var image = debian.Recipe{Name: "postgres", Title: "the PostgreSQL image", Sources: sources, Build: build}

// Image returns the image of the current recipe from the cache folder, or builds and stores it. A build takes about
// half a minute, needs Debian's package archive, and calls progress every few seconds. The error wraps ErrUnavailable
// if this machine cannot build the image.
func Image(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error) {
	if err := Check(ctx, cache, []string{runtime.GOARCH}); err != nil {
		return nil, err
	}
	return image.Image(ctx, cache, progress)
}

// Cached returns the image of the current recipe from the cache folder. found is false if it is not built.
func Cached(cache string) (cached v1.Image, found bool, err error) { return image.Cached(cache) }

// build builds the image. It puts temporary files in the cache folder, because /tmp may be mounted noexec.
func build(ctx context.Context, cache string) (v1.Image, error) {
	root, err := debian.Extract(ctx, packages, keep)
	if err != nil {
		return nil, err
	}
	addOwnFiles(root)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	if err := initialise(ctx, cache, root); err != nil {
		return nil, fmt.Errorf("initialise the PostgreSQL image's database cluster: %w", err)
	}
	built, err := assemble(root)
	if err != nil {
		return nil, fmt.Errorf("assemble the PostgreSQL image: %w", err)
	}
	return built, nil
}
