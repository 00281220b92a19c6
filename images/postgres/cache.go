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

// Image returns the image of the present recipe: the one in the cache folder, or a new one, which it puts there.
// Building takes about half a minute and needs Debian's package archive; progress hears of it every few seconds.
// Its error has ErrUnavailable in it where this machine cannot build.
func Image(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error) {
	if err := Check(ctx, cache, []string{runtime.GOARCH}); err != nil {
		return nil, err
	}
	return image.Image(ctx, cache, progress)
}

// Cached returns the image of the present recipe if the cache folder has it.
func Cached(cache string) (made v1.Image, found bool, err error) { return image.Cached(cache) }

// build makes the image, with the cache folder for what is temporary: programs may run there, unlike in some /tmp.
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
	made, err := assemble(root)
	if err != nil {
		return nil, fmt.Errorf("assemble the PostgreSQL image: %w", err)
	}
	return made, nil
}
